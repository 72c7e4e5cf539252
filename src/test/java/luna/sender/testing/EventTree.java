package luna.sender.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of an event from its JSON tree, as {@code openapi.yaml} describes them:
 * slow, obvious, and without code of the service.
 *
 * <p>Shape: null or {@code NaN} if the event lacks the attribute or has another type.
 *
 * <p>Owner: immutable.
 */
public final class EventTree {
  private EventTree() {}

  /** Returns the value at a path such as {@code location.city}. */
  public static @Nullable Object at(JsonObject event, String path) {
    Object node = event;
    for (String key : path.split("\\.", -1)) {
      node = node instanceof JsonObject object ? object.getValue(key) : null;
    }
    return node;
  }

  public static @Nullable String text(JsonObject event, String path) {
    return at(event, path) instanceof String text ? text : null;
  }

  /** Returns a number within the range of a double. */
  public static double number(@Nullable Object value) {
    double number = value instanceof Number any ? any.doubleValue() : Double.NaN;
    return Double.isInfinite(number) ? Double.NaN : number;
  }

  /** Returns the code of an outcome, which is given by its name or its code. */
  public static @Nullable Integer outcome(@Nullable Object value, int first, String... names) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(value) || number(value) == first + i) {
        return first + i;
      }
    }
    return null;
  }

  public static List<String> tags(JsonObject event) {
    List<String> tags = new ArrayList<>();
    for (Object tag : list(at(event, "tags"))) {
      if (tag instanceof String text) {
        tags.add(text);
      }
    }
    return tags;
  }

  /** Returns the labels with a candidate. */
  public static List<String> labels(JsonObject event) {
    List<String> labels = new ArrayList<>();
    for (Object match : list(at(event, "matches"))) {
      if (match instanceof JsonObject object
          && object.getValue("label") instanceof String label
          && !candidates(object).isEmpty()) {
        labels.add(label);
      }
    }
    return labels;
  }

  public static double topSimilarity(JsonObject event) {
    double top = Double.NaN;
    for (Object match : list(at(event, "matches"))) {
      if (match instanceof JsonObject object) {
        for (JsonObject candidate : candidates(object)) {
          double similarity = number(candidate.getValue("similarity"));
          top = Double.isNaN(top) || similarity > top ? similarity : top;
        }
      }
    }
    return top;
  }

  private static List<JsonObject> candidates(JsonObject match) {
    List<JsonObject> candidates = new ArrayList<>();
    for (Object candidate : list(match.getValue("candidates"))) {
      if (candidate instanceof JsonObject object) {
        candidates.add(object);
      }
    }
    return candidates;
  }

  private static JsonArray list(@Nullable Object value) {
    return value instanceof JsonArray array ? array : new JsonArray();
  }
}
