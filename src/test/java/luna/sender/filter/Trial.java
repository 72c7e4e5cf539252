package luna.sender.filter;

import static luna.sender.testing.TestEvents.payload;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestContract;

/** Evaluates one filter for one event. */
final class Trial {
  private Trial() {}

  static JsonArray list(Object... values) {
    return new JsonArray(new ArrayList<>(List.of(values)));
  }

  static boolean passes(String name, Object value, JsonObject event) {
    return passes(new JsonObject().put(name, value), event);
  }

  static boolean passes(JsonObject query, JsonObject event) {
    return filter(query).matches(parsed(event));
  }

  static EventFilter filter(JsonObject query) {
    return TestContract.FILTERS.filter(query);
  }

  static Event parsed(JsonObject event) {
    return ParsedEvents.of(payload(event)).get(0);
  }
}
