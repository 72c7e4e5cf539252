package luna.sender.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import luna.sender.event.Attributes;
import luna.sender.event.ParsedEvents;

/**
 * Events for tests: an id, and the fields that the test needs.
 *
 * <p>Owner: one test thread; {@link #with} changes the event and returns it.
 */
public final class TestEvents {
  /** The attributes of an event without any fields that filters read. */
  public static final Attributes NOTHING = ParsedEvents.of("{\"events\":[{}]}").get(0).attributes();

  private TestEvents() {}

  /** Returns an event with only an id. */
  public static JsonObject event() {
    return event(UUID.randomUUID().toString());
  }

  public static JsonObject event(String id) {
    return new JsonObject().put("event_id", id);
  }

  /** Sets a value at a path such as {@code location.city}, and creates the objects on the path. */
  public static JsonObject with(JsonObject event, String path, Object value) {
    String[] keys = path.split("\\.", -1);
    JsonObject inner = event;
    for (int i = 0; i + 1 < keys.length; i++) {
      if (!inner.containsKey(keys[i])) {
        inner.put(keys[i], new JsonObject());
      }
      inner = inner.getJsonObject(keys[i]);
    }
    inner.put(keys[keys.length - 1], value);
    return event;
  }

  /** Returns a match with one candidate. */
  public static JsonObject match(String label, double similarity) {
    return new JsonObject()
        .put("label", label)
        .put("candidates", new JsonArray().add(new JsonObject().put("similarity", similarity)));
  }

  /** Returns the payload of these events, as the platform publishes it. */
  public static String payload(JsonObject... events) {
    JsonArray array = new JsonArray();
    for (JsonObject event : events) {
      array.add(event);
    }
    return payload(array.encode());
  }

  /** The same with an array that is given as text. */
  public static String payload(String events) {
    return """
        {"handler_id":"557d54ec-29ad-4f3c-93b4-c9092ef12515",\
        "Luna-Request-Id":"1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",\
        "events":%s,\
        "event_create_time":"2019-08-24T14:15:22Z",\
        "event_end_time":"2019-08-24T14:15:23Z"}"""
        .formatted(events);
  }
}
