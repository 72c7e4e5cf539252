package luna.sender.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives operation {@code events} the filters of operation {@code ws} after an overlay has changed
 * them.
 *
 * <p>Errors: none; {@link AllowedChanges} has checked the documents.
 */
final class SharedFilters {
  private static final String FIELD = "x-event-field";
  private static final String PREFIX = "#/components/parameters/";
  private static final String WS = "/{api}/ws";
  private static final String EVENTS = "/{api}/events";

  private SharedFilters() {}

  /** Replaces in {@code after} the filters of {@code events}. */
  static void copy(JsonObject before, JsonObject after) {
    List<Object> former = filters(before);
    List<Object> current = filters(after);
    JsonArray target = list(after, EVENTS);
    List<Object> parameters = new ArrayList<>();
    boolean added = false;
    for (Object each : target) {
      if (!former.contains(each)) {
        parameters.add(each);
      } else if (!added) {
        parameters.addAll(current);
        added = true;
      }
    }
    if (!added) {
      parameters.addAll(current);
    }
    target.clear();
    // As maps, because the document is also written as YAML.
    parameters.forEach(
        each -> target.add(each instanceof JsonObject object ? object.getMap() : each));
  }

  /** Returns the parameters of {@code ws} that are filters, as they are in the document. */
  private static List<Object> filters(JsonObject document) {
    JsonObject components = document.getJsonObject("components").getJsonObject("parameters");
    List<Object> filters = new ArrayList<>();
    for (Object each : list(document, WS)) {
      if (each instanceof JsonObject entry) {
        String reference = entry.getString("$ref");
        JsonObject parameter =
            reference == null
                ? entry
                : components.getJsonObject(reference.substring(PREFIX.length()));
        if (parameter.containsKey(FIELD)) {
          filters.add(entry);
        }
      }
    }
    return filters;
  }

  private static JsonArray list(JsonObject document, String path) {
    return document
        .getJsonObject("paths")
        .getJsonObject(path)
        .getJsonObject("get")
        .getJsonArray("parameters");
  }
}
