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
import luna.sender.cli.publish.ItemReader.Item;
import luna.sender.event.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Makes a payload of whatever form an item has.
 *
 * <p>Shape: with the key {@code events} it is a payload already; with {@code event} it is a frame,
 * whose parts go to their places byte for byte; with nothing but {@code gap} or {@code stats} it is
 * a notice, and is left out; all else is an event, to which the parts around are made.
 *
 * <p>Errors: {@link InvalidInputException} with the line and the path of what the contract does not
 * allow.
 *
 * <p>Owner: one thread.
 */
final class PayloadBuilder {
  private static final byte[] NULL = "null".getBytes(UTF_8);

  private final PayloadSchema schema = new PayloadSchema();
  private final Clock clock;

  PayloadBuilder(Clock clock) {
    this.clock = clock;
  }

  /**
   * A payload that is ready to be published.
   *
   * @param events how many it carries
   */
  record Payload(byte[] json, int events) {}

  /** The payload, or null for a notice. */
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
              parts.or("handler_id", NULL),
              parts.or("Luna-Request-id", quoted(RequestId.make())),
              event,
              parts.or("event-create-time", NULL),
              parts.or("event-end-time", NULL)),
          1);
    }
    if (parts.values.size() == 1
        && (parts.values.containsKey("gap")
            || parts.values.containsKey("interruption")
            || parts.values.containsKey("stats"))) {
      return null;
    }
    check(source, item, schema.event(item.json()));
    byte[] now = quoted(OffsetDateTime.now(clock).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME));
    return new Payload(payload(NULL, quoted(RequestId.make()), item.json(), now, now), 1);
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

  /** The values of an object's own keys, as bytes. */
  private static final class Parts {
    private final Map<String, byte[]> values = new HashMap<>();

    /** How many elements {@code events} has, or -1 where there is no such key. */
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

    /** What is no array is for the schema to refuse. */
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

    byte[] or(String key, byte[] otherwise) {
      return values.getOrDefault(key, otherwise);
    }
  }
}
