package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.InputStream;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Checks that the packed AsyncAPI document describes the WebSocket as the contract does, and
 * nothing else.
 */
final class AsyncApiTest {
  private final JsonNode contract = OpenApi.document();
  private final JsonNode handshake = contract.at("/paths/~1{api}~1ws/get");
  private final JsonNode opened = handshake.at("/responses/101");
  private JsonNode document = JsonNodeFactory.instance.missingNode();
  private JsonNode channel = document;

  @BeforeEach
  void read() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            getClass().getClassLoader().getResourceAsStream("docs/asyncapi.yaml"))) {
      document = new YAMLMapper().readTree(in);
    }
    channel = document.at("/channels/ws");
  }

  @Test
  void documentDescribesTheSameServiceAndServers() {
    assertThat(document.path("asyncapi").asText()).isEqualTo("3.0.0");
    for (String field : Set.of("title", "version", "description")) {
      assertThat(document.path("info").path(field)).isEqualTo(contract.path("info").path(field));
    }
    assertThat(document.path("servers")).hasSameSizeAs(contract.path("servers"));
    int number = 0;
    for (JsonNode server : document.path("servers")) {
      String url = server.path("protocol").asText() + "://" + server.path("host").asText();
      JsonNode same = contract.path("servers").get(number++);
      assertThat(url).isEqualTo(same.path("url").asText().replaceFirst("^http", "ws"));
      assertThat(server.path("description")).isEqualTo(same.path("description"));
    }
    assertThat(channel.path("address").asText()).isEqualTo("/{api}/ws");
    assertThat(document.path("channels")).hasSize(1);
    assertThat(document.path("operations")).hasSize(1);
    assertThat(document.at("/components/securitySchemes"))
        .isEqualTo(contract.at("/components/securitySchemes"));
  }

  @Test
  void parametersAndHeadersEqualThoseOfTheHandshake() {
    Set<String> query = new TreeSet<>();
    Set<String> headers = new TreeSet<>();
    for (JsonNode reference : handshake.path("parameters")) {
      JsonNode parameter = resolve(reference);
      String name = parameter.path("name").asText();
      switch (parameter.path("in").asText()) {
        case "query" -> {
          query.add(name);
          assertSame(channel.at("/bindings/ws/query/properties").path(name), parameter);
        }
        case "header" -> {
          headers.add(name);
          assertSame(channel.at("/bindings/ws/headers/properties").path(name), parameter);
        }
        default -> {
          JsonNode written = channel.path("parameters").path(name);
          assertThat(written.path("description")).isEqualTo(parameter.path("description"));
          assertThat(texts(written.path("enum"))).isEqualTo(texts(parameter.at("/schema/enum")));
        }
      }
    }
    assertThat(names(channel.at("/bindings/ws/query/properties"))).isEqualTo(query);
    assertThat(names(channel.at("/bindings/ws/headers/properties"))).isEqualTo(headers);
    assertThat(names(channel.path("parameters"))).isEqualTo(Set.of("api"));
    assertThat(channel.at("/bindings/ws/method").asText()).isEqualTo("GET");
    JsonNode answered = channel.at("/x-handshake/headers");
    assertThat(names(answered)).isEqualTo(names(opened.path("headers")));
    for (String name : names(answered)) {
      assertSame(answered.path(name), resolve(opened.path("headers").path(name)));
    }
  }

  @Test
  void messagesAreTheSchemasOfTextFrames() {
    Set<String> messages = new TreeSet<>();
    for (JsonNode reference : opened.at("/content/application~1json/schema/oneOf")) {
      messages.add(name(reference));
    }
    assertThat(messages)
        .contains(
            "EventMessage", "GapMessage", "InterruptionMessage", "HealedMessage", "StatsMessage");
    assertThat(names(channel.path("messages"))).isEqualTo(messages);
    assertThat(names(document.at("/components/messages"))).isEqualTo(messages);
    Set<String> sent = new TreeSet<>();
    document.at("/operations/ws/messages").forEach(reference -> sent.add(name(reference)));
    assertThat(sent).isEqualTo(messages);
    assertThat(document.at("/operations/ws/action").asText()).isEqualTo("send");
    for (String name : messages) {
      JsonNode schema = contract.at("/components/schemas").path(name);
      JsonNode message = document.at("/components/messages").path(name);
      assertThat(message.path("description")).isEqualTo(schema.path("description"));
      assertThat(name(message.path("payload"))).isEqualTo(name);
      assertThat(message.at("/examples/0/payload")).isEqualTo(schema.path("example"));
    }
    assertThat(name(channel.path("x-close"))).isEqualTo("CloseMessage");
  }

  @Test
  void schemasEqualThoseOfTheContract() {
    Set<String> needed = new TreeSet<>();
    needed.add("CloseMessage");
    needed.addAll(names(channel.path("messages")));
    Set<String> reached = new TreeSet<>();
    while (!needed.isEmpty()) {
      String name = needed.iterator().next();
      needed.remove(name);
      if (reached.add(name)) {
        contract
            .at("/components/schemas")
            .path(name)
            .findValuesAsText("$ref")
            .forEach(reference -> needed.add(reference.replaceFirst(".*/", "")));
      }
    }
    JsonNode schemas = document.at("/components/schemas");
    assertThat(names(schemas)).isEqualTo(reached);
    for (String name : reached) {
      assertThat(schemas.path(name))
          .as(name)
          .isEqualTo(withExamples(contract.at("/components/schemas").path(name)));
    }
  }

  private static void assertSame(JsonNode written, JsonNode parameter) {
    ObjectNode expected = ((ObjectNode) withExamples(parameter.path("schema"))).deepCopy();
    expected.set("description", parameter.path("description"));
    if (parameter.has("example")) {
      expected.putArray("examples").add(parameter.path("example"));
    }
    parameter
        .properties()
        .forEach(
            field -> {
              if (Set.of("x-event-field", "style", "explode").contains(field.getKey())) {
                String name =
                    field.getKey().startsWith("x-") ? field.getKey() : "x-" + field.getKey();
                expected.set(name, field.getValue());
              }
            });
    assertThat(written).as(parameter.path("name").asText()).isEqualTo(expected);
  }

  /** Replaces the one difference: OpenAPI has one example, AsyncAPI a list. */
  private static JsonNode withExamples(JsonNode node) {
    if (node.isArray()) {
      ArrayNode items = JsonNodeFactory.instance.arrayNode();
      node.forEach(item -> items.add(withExamples(item)));
      return items;
    }
    if (!node.isObject()) {
      return node;
    }
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    node.properties()
        .forEach(
            field -> {
              if (field.getKey().equals("example")) {
                copy.putArray("examples").add(field.getValue());
              } else {
                copy.set(field.getKey(), withExamples(field.getValue()));
              }
            });
    return copy;
  }

  private JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? contract.at(node.path("$ref").asText().substring(1)) : node;
  }

  private static String name(JsonNode reference) {
    return reference.path("$ref").asText().replaceFirst(".*/", "");
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static Set<String> texts(JsonNode array) {
    Set<String> texts = new TreeSet<>();
    array.forEach(value -> texts.add(value.asText()));
    return texts;
  }
}
