package luna.sender.api;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import luna.sender.testing.ContractText;
import luna.sender.testing.RawHttp;
import org.jspecify.annotations.Nullable;

/**
 * Checks responses of the running service against the packed contract.
 *
 * <p>Shape: the name of a response is its operation, status and media type: {@code config 200
 * text/plain}, or {@code ws 101} without a body.
 *
 * <p>Errors: {@link AssertionError} for a response that is not as documented, or the validator's
 * exception.
 *
 * <p>Owner: one test thread.
 */
final class ContractCheck implements AutoCloseable {
  private static final Set<String> ANNOUNCED =
      Set.of("allow", "location", "retry-after", "www-authenticate", "sec-websocket-protocol");

  private final Vertx vertx = Vertx.vertx();
  private final Contract contract = await(Contract.load(vertx, List.of()));
  private final ResponseValidator validator = ResponseValidator.create(vertx, contract.openApi());
  private final JsonNode document = document(contract);

  Vertx vertx() {
    return vertx;
  }

  Contract contract() {
    return contract;
  }

  /** Returns the names of all documented responses. */
  Set<String> documented() {
    Set<String> names = new TreeSet<>();
    for (Operation operation : contract.openApi().operations()) {
      String id = operation.getOperationId();
      responses(id)
          .fieldNames()
          .forEachRemaining(
              status -> {
                JsonNode content = content(id, status);
                if (content.isEmpty()) {
                  names.add(id + " " + status);
                }
                content.fieldNames().forEachRemaining(t -> names.add(id + " " + status + " " + t));
              });
    }
    return names;
  }

  /** Returns the bodies of all documented errors, by the name of the example. */
  Map<String, String> errorExamples() {
    Map<String, String> bodies = new TreeMap<>();
    document
        .at("/components/examples")
        .properties()
        .forEach(
            example -> bodies.put(example.getKey(), example.getValue().get("value").toString()));
    return bodies;
  }

  /** Returns the schema of a text frame among those that the 101 documents, or {@code none}. */
  String frame(String text) {
    String found = "none";
    JsonNode forms = document.at("/paths/~1{api}~1ws/get/responses/101/content/application~1json");
    for (JsonNode form : forms.path("schema").path("oneOf")) {
      JsonObject schema = ContractText.document().put("$ref", form.path("$ref").asText());
      Validator ofForm =
          Validator.create(
              JsonSchema.of(schema),
              new JsonSchemaOptions()
                  .setBaseUri("app://luna-sender")
                  .setDraft(Draft.DRAFT202012)
                  .setOutputFormat(OutputFormat.Flag));
      if (Boolean.TRUE.equals(ofForm.validate(new JsonObject(text)).getValid())) {
        assertThat(found).as("another form of %s", text).isEqualTo("none");
        found = form.path("$ref").asText().replaceFirst(".*/", "");
      }
    }
    return found;
  }

  /** Asserts that a response is documented; returns its name. */
  String check(String operationId, RawHttp.Answer answer) {
    String name = operationId + " " + answer.status();
    JsonNode documented = responses(operationId).get(Integer.toString(answer.status()));
    assertThat(documented).as("%s, documented: %s", name, answer.text()).isNotNull();
    JsonNode response = resolved(documented);
    checkAnnounced(name, response, answer);
    String type = answer.header("Content-Type").split(";", 2)[0];
    if (content(operationId, Integer.toString(answer.status())).isEmpty()) {
      assertThat(answer.body()).as("%s, body", name).isEmpty();
      validate(operationId, answer, null, null);
      return name;
    }
    assertThat(response.path("content").has(type)).as("%s, documents %s", name, type).isTrue();
    // JSON has no charset, and clients compare the whole header.
    assertThat(answer.header("Content-Type"))
        .isIn(type, type.replaceFirst("^(text/.*)", "$1; charset=utf-8"));
    assertThat(answer.body()).as("%s, body", name).isNotEmpty();
    if (!type.equals("text/event-stream")) {
      // The validator does not know this type.
      validate(operationId, answer, Buffer.buffer(answer.body()), type);
    }
    return name + " " + type;
  }

  /** The validator ignores headers that the contract does not name. */
  private static void checkAnnounced(String name, JsonNode response, RawHttp.Answer answer) {
    Set<String> documented = new TreeSet<>();
    response
        .path("headers")
        .fieldNames()
        .forEachRemaining(h -> documented.add(h.toLowerCase(Locale.ROOT)));
    for (String header : answer.headers().keySet()) {
      if (header.startsWith("luna-") || ANNOUNCED.contains(header)) {
        assertThat(documented).as("%s, documented headers", name).contains(header);
      }
    }
  }

  private void validate(
      String operationId, RawHttp.Answer answer, @Nullable Buffer body, @Nullable String type) {
    Map<String, String> headers = new HashMap<>();
    answer.headers().keySet().stream()
        // The validator cannot parse the quotes in it.
        .filter(header -> !header.equals("www-authenticate"))
        .forEach(header -> headers.put(header, String.join(",", answer.headers().get(header))));
    // The loaded copy has no YAML and HTML responses, so only their headers are checked.
    await(
        validator.validate(
            ValidatableResponse.create(answer.status(), headers, body, type), operationId));
  }

  private JsonNode responses(String operationId) {
    for (JsonNode path : document.get("paths")) {
      for (JsonNode operation : path) {
        if (operation.path("operationId").asText().equals(operationId)) {
          return operation.get("responses");
        }
      }
    }
    throw new AssertionError(operationId + ": unknown (expected: an operation)");
  }

  /** Returns the bodies of a response. Those of a 101 are sent over the WebSocket. */
  private JsonNode content(String operationId, String status) {
    return status.startsWith("1")
        ? MissingNode.getInstance()
        : resolved(responses(operationId).get(status)).path("content");
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  private static JsonNode document(Contract contract) {
    try {
      return new YAMLMapper().readTree(contract.yaml().getBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
