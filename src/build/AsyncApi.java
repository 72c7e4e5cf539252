import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Generates the AsyncAPI document of the WebSocket from {@code openapi.yaml}, so that the two cannot
 * differ.
 *
 * <p>Shape: {@code AsyncApi.java <openapi.yaml> <output file>}; the same input gives the same bytes.
 * One channel, the path of the operation {@code ws}; its query and headers are the WebSocket binding
 * of the channel; its messages are the schemas of the 101. Two extensions hold what AsyncAPI
 * cannot describe: {@code x-handshake} (the headers of the 101) and {@code x-close} (the close codes).
 *
 * <p>Errors: if {@code openapi.yaml} lacks something that this class reads, the build fails.
 *
 * <p>Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
final class AsyncApi {
  private static final String OPERATION = "ws";
  private static final String SCHEMAS = "#/components/schemas/";
  private static final String CLOSE = "application/vnd.luna-sender.close+json";

  private final YAMLMapper yaml =
      YAMLMapper.builder()
          .disable(Feature.WRITE_DOC_START_MARKER, Feature.SPLIT_LINES)
          .enable(Feature.MINIMIZE_QUOTES, Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(Feature.LITERAL_BLOCK_STYLE)
          .build();
  private final JsonNode api;

  /** The schemas that the document refers to; all of them are written too. */
  private final Set<String> schemas = new TreeSet<>();

  private AsyncApi(Path openApi) throws IOException {
    this.api = yaml.readTree(openApi.toFile());
  }

  public static void main(String[] arguments) throws IOException {
    AsyncApi document = new AsyncApi(Path.of(arguments[0]));
    Path out = Path.of(arguments[1]);
    Files.createDirectories(out.getParent());
    Files.writeString(
        out,
        "# Generated from openapi.yaml when the service is built.\n"
            + document.yaml.writeValueAsString(document.root()));
  }

  private ObjectNode root() {
    ObjectNode root = object().put("asyncapi", "3.0.0");
    ObjectNode info = root.putObject("info");
    for (String field : List.of("title", "version", "description")) {
      info.set(field, need(api.path("info"), field));
    }
    info.putObject("license").set("name", need(api.path("info").path("license"), "name"));
    root.put("defaultContentType", "application/json");
    servers(root.putObject("servers"));
    String path = path();
    JsonNode operation = api.path("paths").path(path).path("get");
    JsonNode answer = need(operation.path("responses"), "101");
    List<String> messages = messages(answer);
    channel(root.putObject("channels").putObject(OPERATION), path, operation, answer, messages);
    ObjectNode sent = root.putObject("operations").putObject(OPERATION);
    sent.put("action", "send");
    sent.putObject("channel").put("$ref", "#/channels/" + OPERATION);
    sent.set("title", need(operation, "summary"));
    ArrayNode references = sent.putArray("messages");
    messages.forEach(
        name -> references.addObject().put("$ref", "#/channels/" + OPERATION + "/messages/" + name));
    components(root.putObject("components"), messages);
    return root;
  }

  private void servers(ObjectNode servers) {
    int number = 0;
    for (JsonNode server : need(api, "servers")) {
      URI url = URI.create(need(server, "url").asText());
      ObjectNode written = servers.putObject(number == 0 ? "default" : "server" + number);
      written.put("host", url.getAuthority());
      written.put("protocol", url.getScheme().replaceFirst("^http", "ws"));
      written.set("description", need(server, "description"));
      number++;
    }
  }

  private String path() {
    for (var path : api.path("paths").properties()) {
      if (path.getValue().path("get").path("operationId").asText().equals(OPERATION)) {
        return path.getKey();
      }
    }
    throw new IllegalArgumentException("openapi.yaml: no operation " + OPERATION);
  }

  /** Returns the names of the schemas of the text frames. */
  private List<String> messages(JsonNode answer) {
    JsonNode schema = answer.at("/content/application~1json/schema/oneOf");
    List<String> names = schema.findValuesAsText("$ref").stream().map(AsyncApi::name).toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("openapi.yaml: 101: no messages (expected: oneOf)");
    }
    return names;
  }

  private void channel(
      ObjectNode channel, String path, JsonNode operation, JsonNode answer, List<String> messages) {
    channel.put("address", path);
    channel.set("title", need(operation, "summary"));
    channel.set("description", need(operation, "description"));
    ObjectNode parameters = channel.putObject("parameters");
    ObjectNode written = channel.putObject("messages");
    messages.forEach(
        name -> written.putObject(name).put("$ref", "#/components/messages/" + name));
    ObjectNode binding = channel.putObject("bindings").putObject("ws");
    binding.put("method", "GET");
    ObjectNode query = binding.putObject("query").put("type", "object").putObject("properties");
    ObjectNode headers = binding.putObject("headers").put("type", "object").putObject("properties");
    binding.put("bindingVersion", "0.1.0");
    for (JsonNode reference : need(operation, "parameters")) {
      JsonNode parameter = resolve(reference);
      String name = need(parameter, "name").asText();
      switch (need(parameter, "in").asText()) {
        case "path" -> parameters.set(name, pathParameter(parameter));
        case "query" -> query.set(name, value(parameter));
        case "header" -> headers.set(name, value(parameter));
        default -> throw new IllegalArgumentException("openapi.yaml: " + name + ": in another place");
      }
    }
    ObjectNode handshake = channel.putObject("x-handshake").put("status", 101).putObject("headers");
    need(answer, "headers").properties().forEach(header -> handshake.set(header.getKey(), value(resolve(header.getValue()))));
    channel.set("x-close", schema(answer.path("content").path(CLOSE).path("schema")));
  }

  /** Converts a path parameter, which is text without a schema in AsyncAPI. */
  private ObjectNode pathParameter(JsonNode parameter) {
    ObjectNode written = object();
    written.set("description", need(parameter, "description"));
    ArrayNode values = written.putArray("enum");
    parameter.path("schema").path("enum").forEach(value -> values.add(value.asText()));
    written.putArray("examples").add(need(parameter, "example").asText());
    return written;
  }

  /** Returns the schema of a parameter or a header, with its description and examples. */
  private ObjectNode value(JsonNode holder) {
    ObjectNode value = object();
    value.set("description", need(holder, "description"));
    value.setAll((ObjectNode) schema(need(holder, "schema")));
    if (holder.has("example")) {
      value.putArray("examples").add(holder.get("example"));
    }
    for (String field : List.of("x-event-field", "style", "explode")) {
      if (holder.has(field)) {
        value.set(field.startsWith("x-") ? field : "x-" + field, holder.get(field));
      }
    }
    return value;
  }

  private void components(ObjectNode components, List<String> messages) {
    ObjectNode written = components.putObject("messages");
    for (String name : messages) {
      JsonNode schema = component(name);
      ObjectNode message = written.putObject(name).put("name", name).put("title", name);
      message.set("description", need(schema, "description"));
      message.put("contentType", "application/json");
      message.putObject("payload").put("$ref", SCHEMAS + name);
      message.putArray("examples").addObject().set("payload", need(schema, "example"));
      schemas.add(name);
    }
    ObjectNode all = object();
    Set<String> done = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(schemas);
    while (!open.isEmpty()) {
      String name = open.remove();
      if (done.add(name)) {
        schemas.clear();
        all.set(name, schema(component(name)));
        open.addAll(schemas);
      }
    }
    ObjectNode sorted = components.putObject("schemas");
    done.forEach(name -> sorted.set(name, all.get(name)));
    components.set("securitySchemes", api.path("components").path("securitySchemes"));
  }

  /** Returns a copy of a schema for AsyncAPI, which has a list of examples instead of one. */
  private JsonNode schema(JsonNode node) {
    if (node.isArray()) {
      ArrayNode items = yaml.createArrayNode();
      node.forEach(item -> items.add(schema(item)));
      return items;
    }
    if (!node.isObject()) {
      return node;
    }
    ObjectNode copy = object();
    node.properties()
        .forEach(
            field -> {
              if (field.getKey().equals("example")) {
                copy.putArray("examples").add(field.getValue());
              } else {
                copy.set(field.getKey(), schema(field.getValue()));
              }
            });
    if (node.path("$ref") instanceof TextNode reference) {
      schemas.add(name(reference.asText()));
    }
    return copy;
  }

  private JsonNode component(String name) {
    return need(api.path("components").path("schemas"), name);
  }

  private JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? api.at(node.get("$ref").asText().substring(1)) : node;
  }

  private static String name(String reference) {
    return reference.substring(reference.lastIndexOf('/') + 1);
  }

  private static JsonNode need(JsonNode node, String field) {
    if (!node.has(field)) {
      throw new IllegalArgumentException("openapi.yaml: no " + field + " (expected: one)");
    }
    return node.get(field);
  }

  private ObjectNode object() {
    return yaml.createObjectNode();
  }
}
