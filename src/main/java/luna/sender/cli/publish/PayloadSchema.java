package luna.sender.cli.publish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import luna.sender.config.PackagedFile;
import org.jspecify.annotations.Nullable;

/**
 * Validates payloads, frames and events against the contract.
 *
 * <p>Owner: one thread.
 *
 * <p>Source: {@code components/schemas} of {@code openapi.yaml}.
 */
final class PayloadSchema {
  private static final String RESOURCE = "openapi.yaml";
  private static final ObjectMapper TREES =
      new ObjectMapper(
          ItemReader.JSON.rebuild().disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  /** How the validator's message about a wrong type begins. The expected types follow. */
  private static final String TYPE = "Instance type ";

  private static final String EXPECTED = "Expected ";

  private final JsonObject schemas = schemas();
  private final Validator payload = validator("RedisPayload");
  private final Validator frame = validator("EventMessage");
  private final Validator event = validator("Event");

  /**
   * A violation of the schema.
   *
   * @param path JSONPath
   * @param line line in the item, from 0
   */
  record Fault(String path, int line, String text) {}

  @Nullable Fault payload(byte[] json) throws IOException {
    return fault(payload, json);
  }

  @Nullable Fault frame(byte[] json) throws IOException {
    return fault(frame, json);
  }

  @Nullable Fault event(byte[] json) throws IOException {
    return fault(event, json);
  }

  private static JsonObject schemas() {
    try (InputStream in = PackagedFile.open(RESOURCE)) {
      @SuppressWarnings("unchecked")
      Map<String, Object> document = new YAMLMapper().readValue(in, Map.class);
      JsonObject schemas =
          new JsonObject(document).getJsonObject("components").getJsonObject("schemas");
      return new JsonObject().put("components", new JsonObject().put("schemas", schemas));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Validator validator(String name) {
    JsonObject schema = schemas.copy().put("$ref", "#/components/schemas/" + name);
    return Validator.create(
        JsonSchema.of(schema),
        new JsonSchemaOptions()
            .setBaseUri("app://luna-sender")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic));
  }

  private static @Nullable Fault fault(Validator validator, byte[] json) throws IOException {
    @SuppressWarnings("unchecked")
    Map<String, Object> tree = TREES.readValue(json, Map.class);
    OutputUnit result = validator.validate(new JsonObject(tree));
    if (Boolean.TRUE.equals(result.getValid())) {
      return null;
    }
    String location = "#";
    String text = "does not match the contract";
    List<OutputUnit> errors = result.getErrors() == null ? List.of() : result.getErrors();
    for (OutputUnit error : errors) {
      String inner = String.valueOf(error.getInstanceLocation());
      String message = error.getError();
      if (message == null || inner.length() < location.length()) {
        // Outer errors only say that something inside is wrong.
        continue;
      }
      boolean alternative =
          inner.equals(location) && text.startsWith(TYPE) && message.startsWith(TYPE);
      // If a value may be of a schema or null, the validator reports one error for each. Join
      // them.
      text =
          alternative
              ? text + ", " + message.substring(message.indexOf(EXPECTED) + EXPECTED.length())
              : message;
      location = inner;
    }
    String pointer = location.startsWith("#") ? location.substring(1) : location;
    return new Fault(path(pointer), line(json, pointer), text);
  }

  /** Converts a JSON pointer to JSONPath, which is easier to read. */
  static String path(String pointer) {
    StringBuilder path = new StringBuilder("$");
    if (pointer.isEmpty()) {
      return "$";
    }
    for (String step : pointer.substring(1).split("/", -1)) {
      String key = step.replace("~1", "/").replace("~0", "~");
      if (key.matches("[0-9]+")) {
        path.append('[').append(key).append(']');
      } else if (key.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        path.append('.').append(key);
      } else {
        path.append("['").append(key).append("']");
      }
    }
    return path.toString();
  }

  /** Returns the line, from 0, of the value at a JSON pointer. */
  private static int line(byte[] json, String pointer) throws IOException {
    try (JsonParser parser = ItemReader.JSON.createParser(json)) {
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        boolean isValue = token.isScalarValue() || token.isStructStart();
        String here =
            token.isStructStart() && parser.getParsingContext().getParent() != null
                ? parser.getParsingContext().getParent().pathAsPointer().toString()
                : parser.getParsingContext().pathAsPointer().toString();
        if (isValue && here.equals(pointer)) {
          return parser.currentTokenLocation().getLineNr() - 1;
        }
      }
    }
    return 0;
  }
}
