package luna.sender.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request to {@code explain}.
 *
 * <p>Shape: schema {@code ExplainRequest}; of a key that is given twice, the last counts. The event
 * is not decoded: its own bytes go into the payload, so that what reads events of Redis decides
 * about them, and not a second parser with other limits.
 *
 * <p>Errors: {@link ApiError#BAD_BODY}.
 *
 * <p>Owner: immutable.
 *
 * @param event a payload as Redis would carry it, or null if the event is named by its id
 */
record ExplainBody(String filter, @Nullable String eventId, @Nullable Buffer event) {
  private static final Set<String> KEYS = Set.of("filter", "event", "event_id", "handler_id");

  /** As lenient as our own scanner, which has the last word on the event. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          // Names are chosen by clients, and the JVM would keep them.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // JSON is UTF-8 (RFC 8259, 8.1); in another encoding a byte is at another place.
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .build();

  static ExplainBody parse(Buffer body, Validator schema) {
    byte[] bytes = withoutMark(body).getBytes();
    JsonObject shown = new JsonObject();
    int start = 0;
    int end = 0;
    try (JsonParser in = JSON.createParser(bytes)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw notObject();
      }
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String name = in.currentName();
        JsonToken first = in.nextToken();
        int from = (int) in.currentTokenLocation().getByteOffset();
        if (KEYS.contains(name)) {
          shown.put(name, shown(in, first));
        }
        in.skipChildren();
        if (name.equals("event")) {
          start = from;
          end = (int) in.currentLocation().getByteOffset();
        }
      }
      if (in.nextToken() != null) {
        throw notObject();
      }
    } catch (JsonProcessingException notJson) {
      JsonLocation where = notJson.getLocation();
      throw new ApiException(
          ApiError.BAD_BODY,
          "body: not JSON"
              + (where == null ? "" : " at byte " + where.getByteOffset())
              + " (expected: a JSON object)");
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    OutputUnit result = schema.validate(shown);
    if (!Boolean.TRUE.equals(result.getValid())) {
      throw new ApiException(ApiError.BAD_BODY, ParameterError.inBody(result));
    }
    return new ExplainBody(
        shown.getString("filter"),
        shown.getString("event_id"),
        shown.containsKey("event_id")
            ? null
            : payload(shown.getString("handler_id"), Buffer.buffer(bytes).slice(start, end)));
  }

  /** A byte order mark is passed over here as in what Redis carries. */
  private static Buffer withoutMark(Buffer body) {
    boolean marked =
        body.length() >= 3
            && body.getByte(0) == (byte) 0xEF
            && body.getByte(1) == (byte) 0xBB
            && body.getByte(2) == (byte) 0xBF;
    return marked ? body.slice(3, body.length()) : body;
  }

  /** The value without what is in it, which is enough to see its type. */
  private static @Nullable Object shown(JsonParser in, JsonToken first) throws IOException {
    return switch (first) {
      case START_OBJECT -> new JsonObject();
      case START_ARRAY -> new JsonArray();
      case VALUE_STRING -> in.getText();
      case VALUE_TRUE, VALUE_FALSE -> in.getBooleanValue();
      case VALUE_NULL -> null;
      // A number is none of what the schema asks for, whichever it is.
      default -> 0;
    };
  }

  private static Buffer payload(@Nullable String handlerId, Buffer event) {
    return Buffer.buffer("{\"handler_id\":")
        .appendBuffer(Json.encodeToBuffer(handlerId))
        .appendString(",\"events\":[")
        .appendBuffer(event)
        .appendString("]}");
  }

  private static ApiException notObject() {
    return new ApiException(ApiError.BAD_BODY, "body: something else (expected: a JSON object)");
  }
}
