package luna.sender.cli.compare;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A text frame from one of the services.
 *
 * @param key what the same event has at the other service: its id, or the whole text without one
 * @param nanos when it arrived
 */
record Message(String key, String text, long nanos) {
  static Message of(String text, long nanos) {
    String id = eventId(text);
    return new Message(id == null ? text : id, text, nanos);
  }

  private static @Nullable String eventId(String text) {
    try {
      return new JsonObject(text).getValue("event") instanceof JsonObject event
              && event.getValue("event_id") instanceof String id
          ? id
          : null;
    } catch (DecodeException | ClassCastException notAnObject) {
      return null;
    }
  }
}
