package luna.sender.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks that an overlay changes only filters and the texts in {@code info}. The service is built
 * for the rest of the contract: without an operation, a header or a schema of it, it cannot start,
 * or fails at the first request.
 *
 * <p>Errors: {@link IllegalArgumentException} {@code place: value (expected: …)}.
 */
final class AllowedChanges {
  private static final String FIELD = "x-event-field";
  private static final String PATH = "/{api}/ws";
  private static final String PREFIX = "#/components/parameters/";

  private AllowedChanges() {}

  static void check(JsonObject before, JsonObject after) {
    String place = difference("", withoutFilters(before), withoutFilters(after));
    if (place != null) {
      throw new IllegalArgumentException(
          place
              + ": changed (expected: an overlay changes only info, components.parameters and the"
              + " filters among paths['"
              + PATH
              + "'].get.parameters)");
    }
    for (String text : List.of("title", "version")) {
      if (!(after.getValue("info") instanceof JsonObject info)
          || !(info.getValue(text) instanceof String)) {
        throw new IllegalArgumentException("info." + text + ": none (expected: text)");
      }
    }
    Set<JsonObject> left = options(before);
    for (JsonObject parameter : parameters(after)) {
      if (!left.remove(parameter)
          && !("query".equals(parameter.getValue("in")) && parameter.containsKey(FIELD))) {
        throw new IllegalArgumentException(
            name(parameter)
                + ": in "
                + parameter.getValue("in")
                + ", "
                + FIELD
                + " "
                + parameter.getValue(FIELD)
                + " (expected: in query, with "
                + FIELD
                + ")");
      }
    }
    for (JsonObject option : left) {
      throw new IllegalArgumentException(
          name(option) + ": removed or changed (expected: as it was; it is no filter)");
    }
  }

  private static String name(JsonObject parameter) {
    return "parameter " + parameter.getValue("name");
  }

  /** Returns the parameters that are no filters. */
  private static Set<JsonObject> options(JsonObject document) {
    Set<JsonObject> options = new HashSet<>();
    for (JsonObject parameter : parameters(document)) {
      if (!parameter.containsKey(FIELD)) {
        options.add(parameter);
      }
    }
    return options;
  }

  /** Returns the parameters of the operation, in place of the references to them. */
  private static List<JsonObject> parameters(JsonObject document) {
    JsonObject components = document.getJsonObject("components").getJsonObject("parameters");
    List<JsonObject> parameters = new ArrayList<>();
    for (Object each : list(document)) {
      if (!(each instanceof JsonObject entry)) {
        throw new IllegalArgumentException(
            "parameters of ws: " + each + " (expected: only objects)");
      }
      Object reference = entry.getValue("$ref");
      Object target =
          reference instanceof String text && text.startsWith(PREFIX)
              ? components.getValue(text.substring(PREFIX.length()))
              : reference == null ? entry : null;
      if (!(target instanceof JsonObject parameter) || parameter.containsKey("$ref")) {
        throw new IllegalArgumentException(
            "parameters of ws: $ref " + reference + " (expected: " + PREFIX + "NAME)");
      }
      parameters.add(parameter);
    }
    return parameters;
  }

  private static JsonArray list(JsonObject document) {
    return document
        .getJsonObject("paths")
        .getJsonObject(PATH)
        .getJsonObject("get")
        .getJsonArray("parameters");
  }

  private static JsonObject withoutFilters(JsonObject document) {
    JsonObject copy = document.copy();
    copy.remove("info");
    empty(copy, "components", "parameters");
    empty(copy, "paths", PATH, "get", "parameters");
    return copy;
  }

  /** Empties the object or list at the place, if it is there and still one. */
  private static void empty(JsonObject document, String... keys) {
    Object value = document;
    for (String key : keys) {
      value = value instanceof JsonObject object ? object.getValue(key) : null;
    }
    if (value instanceof JsonObject object) {
      object.clear();
    } else if (value instanceof JsonArray list) {
      list.clear();
    }
  }

  /** Returns the first place at which two values differ, or null. */
  private static @Nullable String difference(
      String place, @Nullable Object before, @Nullable Object after) {
    if (before instanceof JsonObject known && after instanceof JsonObject changed) {
      Set<String> keys = new HashSet<>(known.fieldNames());
      keys.addAll(changed.fieldNames());
      for (String key : keys.stream().sorted().toList()) {
        String found =
            difference(
                place.isEmpty() ? key : place + "." + key,
                known.getValue(key),
                changed.getValue(key));
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    return Objects.equals(before, after) ? null : place;
  }
}
