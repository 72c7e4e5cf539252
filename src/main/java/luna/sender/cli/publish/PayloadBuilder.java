package luna.sender.cli.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import luna.sender.cli.publish.ItemReader.Item;
import luna.sender.event.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Converts an input item to a payload.
 *
 * <p>Shape: an item with the key {@code events} is a payload already. One with {@code event} is a
 * frame, whose parts are copied byte for byte. One with only the key of another message of the
 * service is a notice and is skipped. Anything else is an event and is wrapped into a new payload.
 *
 * <p>Errors: {@link InvalidInputException} with the line and the path of what violates the
 * contract.
 *
 * <p>Owner: one thread.
 */
final class PayloadBuilder {
  private static final byte[] NULL = "null".getBytes(UTF_8);
  private static final Set<String> NOTICES =
      Set.of("gap", "interruption", "healed", "stats", "resume", "live", "position");

  private final PayloadSchema schema = new PayloadSchema();
  private final Clock clock;

  PayloadBuilder(Clock clock) {
    this.clock = clock;
  }

  /**
   * A payload to publish.
   *
   * @param events the number of events in it
   */
  record Payload(byte[] json, int events) {}

  /** Returns the payload, or null for a notice. */
  @Nullable Payload wrap(String source, Item item) throws InvalidInputException, IOException {
    Parts parts = Parts.of(item.json());
    if (parts.events >= 0) {
      check(source, item, schema.payload(item.json()));
      return new Payload(item.json(), parts.events);
    }
    byte[] event = parts.values.get("event");
    if (event != null) {
      check(source, item, schema.frame(item.json()));
      return new Payload(
          payload(
              parts.getOrDefault("handler_id", NULL),
              parts.getOrDefault("Luna-Request-id", quoted(RequestId.create())),
              event,
              parts.getOrDefault("event-create-time", NULL),
              parts.getOrDefault("event-end-time", NULL)),
          1);
    }
    if (parts.values.size() == 1 && NOTICES.containsAll(parts.values.keySet())) {
      return null;
    }
    check(source, item, schema.event(item.json()));
    byte[] now = quoted(OffsetDateTime.now(clock).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME));
    return new Payload(payload(NULL, quoted(RequestId.create()), item.json(), now, now), 1);
  }

  private static void check(String source, Item item, PayloadSchema.@Nullable Fault fault)
      throws InvalidInputException {
    if (fault != null) {
      throw new InvalidInputException(
          source, item.line() + fault.line(), fault.path() + ": " + fault.text());
    }
  }

  private static byte[] payload(
      byte[] handlerId, byte[] requestId, byte[] event, byte[] createTime, byte[] endTime) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(event.length + 256);
    out.writeBytes("{\"handler_id\":".getBytes(UTF_8));
    out.writeBytes(handlerId);
    out.writeBytes(",\"Luna-Request-Id\":".getBytes(UTF_8));
    out.writeBytes(requestId);
    out.writeBytes(",\"events\":[".getBytes(UTF_8));
    out.writeBytes(event);
    out.writeBytes("],\"event_create_time\":".getBytes(UTF_8));
    out.writeBytes(createTime);
    out.writeBytes(",\"event_end_time\":".getBytes(UTF_8));
    out.writeBytes(endTime);
    out.writeBytes("}".getBytes(UTF_8));
    return out.toByteArray();
  }

  private static byte[] quoted(String plain) {
    return ('"' + plain + '"').getBytes(UTF_8);
  }

  /** The top-level values of an object, as bytes. */
  private static final class Parts {
    private final Map<String, byte[]> values = new HashMap<>();

    /** The number of elements in {@code events}, or -1 if there is no such key. */
    private int events = -1;

    static Parts of(byte[] json) throws IOException {
      Parts parts = new Parts();
      try (JsonParser parser = ItemReader.JSON.createParser(json)) {
        parser.nextToken();
        String key;
        while ((key = parser.nextFieldName()) != null) {
          JsonToken token = parser.nextToken();
          int start = (int) parser.currentTokenLocation().getByteOffset();
          if (key.equals("events")) {
            parts.events = elements(parser, token);
          } else {
            parser.skipChildren();
            parser.finishToken();
          }
          int end = (int) parser.currentLocation().getByteOffset();
          parts.values.put(key, Arrays.copyOfRange(json, start, end));
        }
      }
      return parts;
    }

    /** Returns the number of elements; 0 if it is not an array, which the schema rejects later. */
    private static int elements(JsonParser parser, JsonToken token) throws IOException {
      int count = 0;
      if (token != JsonToken.START_ARRAY) {
        parser.skipChildren();
        return count;
      }
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
        count++;
      }
      return count;
    }

    byte[] getOrDefault(String key, byte[] otherwise) {
      return values.getOrDefault(key, otherwise);
    }
  }
}
