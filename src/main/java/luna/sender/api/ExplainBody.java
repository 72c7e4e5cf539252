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
 * <p>Shape: schema {@code ExplainRequest}. Of duplicate keys, the last one counts. The event is not
 * decoded: its bytes are copied into a payload, so that the parser of Redis payloads validates
 * them, and not a second parser with other limits.
 *
 * <p>Errors: {@link ApiError#BAD_BODY}.
 *
 * @param event a payload as published to Redis, or null if the request names the event by its id
 */
record ExplainBody(String filter, @Nullable String eventId, @Nullable Buffer event) {
  private static final Set<String> KEYS = Set.of("filter", "event", "event_id", "handler_id");

  /** As lenient as our own scanner, which validates the event later. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          // Clients choose the names, and the JVM would never release interned ones.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // JSON is UTF-8 (RFC 8259, section 8.1). Another encoding would shift the byte offsets.
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
      throw notJson(notJson.getLocation());
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

  /** Skips a byte order mark, as for payloads from Redis. */
  private static Buffer withoutMark(Buffer body) {
    boolean marked =
        body.length() >= 3
            && body.getByte(0) == (byte) 0xEF
            && body.getByte(1) == (byte) 0xBB
            && body.getByte(2) == (byte) 0xBF;
    return marked ? body.slice(3, body.length()) : body;
  }

  /**
   * Returns the value; of an object or array only an empty one, which is enough to check its type.
   */
  private static @Nullable Object shown(JsonParser in, JsonToken first) throws IOException {
    return switch (first) {
      case START_OBJECT -> new JsonObject();
      case START_ARRAY -> new JsonArray();
      case VALUE_STRING -> in.getText();
      case VALUE_TRUE, VALUE_FALSE -> in.getBooleanValue();
      case VALUE_NULL -> null;
      // Placeholder: the schema rejects any number.
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

  static ApiException notJson(@Nullable JsonLocation where) {
    return new ApiException(
        ApiError.BAD_BODY,
        "body: not JSON"
            + (where == null ? "" : " at byte " + where.getByteOffset())
            + " (expected: a JSON object)");
  }

  static ApiException notObject() {
    return new ApiException(ApiError.BAD_BODY, "body: not an object (expected: a JSON object)");
  }
}
