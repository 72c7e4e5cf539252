import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Generates the manual's reference: {@code api.adoc} from {@code openapi.yaml}, and {@code
 * configuration.adoc} from {@code conf/config.yaml} and its comments.
 *
 * <p>Shape: {@code Reference.java <root> <output folder>}; the same input gives the same bytes.
 *
 * <p>Errors: a key of the configuration without a comment, and a parameter or a property of a
 * message without a description, fail the build.
 */
final class Reference {
  private static final Pattern SECTION = Pattern.compile("([A-Z_]+):\\s*");
  private static final Pattern KEY =
      Pattern.compile("( +)([A-Z_0-9]+):\\s*(\"[^\"]*\"|\\[[^\\]]*]|[^\\s#]*)\\s*(?:# ?(.*))?");
  private static final Pattern MORE = Pattern.compile(" +# ?(.*)");
  private static final Pattern CODE = Pattern.compile("`([^`]*)`");
  private static final Pattern VALUES = Pattern.compile("\\S+(?: \\| \\S+)+|(?:.*?\\s)?[0-9]+\\.\\.[0-9]+");

  private final StringBuilder out = new StringBuilder();
  private final JsonNode api;
  private final Set<String> schemas =
      new LinkedHashSet<>(List.of("RedisPayload"));

  private Reference(JsonNode api) {
    this.api = api;
  }

  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments[0]);
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    JsonNode api = new YAMLMapper().readTree(root.resolve("openapi.yaml").toFile());
    Reference operations = new Reference(api);
    operations.operations();
    Files.writeString(folder.resolve("api.adoc"), operations.out);
    Reference configuration = new Reference(api);
    configuration.configuration(Files.readAllLines(root.resolve("conf/config.yaml")));
    Files.writeString(folder.resolve("configuration.adoc"), configuration.out);
  }

  // The configuration.

  private record Key(String name, String value, StringBuilder comment) {}

  private void configuration(List<String> lines) {
    List<String> intro = new ArrayList<>();
    List<Key> keys = new ArrayList<>();
    String section = "";
    String inner = "";
    for (String line : lines) {
      Matcher key = KEY.matcher(line);
      Matcher more = MORE.matcher(line);
      Matcher begin = SECTION.matcher(line);
      if (begin.matches()) {
        section = begin.group(1);
        inner = "";
        heading(section, String.join(" ", intro));
      } else if (line.startsWith("#")) {
        intro.add(line.substring(1).strip());
        continue;
      } else if (key.matches()) {
        boolean isInner = key.group(1).length() > 2;
        inner = isInner ? inner : "";
        String name = (inner.isEmpty() ? "" : inner + ".") + key.group(2);
        String comment = key.group(4) == null ? "" : key.group(4).strip();
        if (key.group(3).isEmpty()) {
          inner = key.group(2);
        }
        if (comment.isEmpty()) {
          throw new IllegalArgumentException(
              section + "." + name + ": no comment (expected: one with unit and bounds)");
        }
        keys.add(new Key(name, key.group(3), new StringBuilder(comment)));
      } else if (more.matches() && !keys.isEmpty()) {
        keys.get(keys.size() - 1).comment.append(' ').append(more.group(1).strip());
      } else if (line.isBlank()) {
        table(section, keys);
      } else {
        throw new IllegalArgumentException("conf/config.yaml: " + line + " (expected: KEY: value  # comment)");
      }
      intro.clear();
    }
    table(section, keys);
  }

  private void heading(String section, String intro) {
    out.append("[#config-").append(section).append("]\n==== ").append(code(section)).append("\n\n");
    out.append(text(intro)).append("\n\n");
  }

  private void table(String section, List<Key> keys) {
    if (keys.isEmpty()) {
      return;
    }
    open("3,2,2,5", "Key, and its variable", "Default", "Unit or values", "Meaning");
    for (Key key : keys) {
      String comment = key.comment.toString();
      if (key.value.isEmpty()) {
        row(code(key.name), "", "", text(comment));
        continue;
      }
      String variable = section + "__" + key.name.replace(".", "__");
      row(code(key.name) + " +\n" + code(variable), code(key.value), unit(comment), text(comment));
    }
    close();
    keys.clear();
  }

  /** Returns the beginning of the comment, if it is a unit, a list of values or a range. */
  private String unit(String comment) {
    String first = comment.split("[;,] ", 2)[0];
    if (VALUES.matcher(first).matches()) {
      return code(first);
    }
    String word = first.split(" ", 2)[0];
    return Set.of("seconds", "bytes", "MiB", "list").contains(word) ? word : "";
  }

  // The API.

  private void operations() {
    out.append("[#api-operations]\n=== Overview of the operations\n\n");
    open("3,4,3", "Path", "Purpose", "Responses");
    each(
        (path, method, operation) ->
            row(
                "<<op-" + operation.path("operationId").asText() + "," + code(method + " " + path) + ">>",
                text(operation.path("summary").asText()),
                text(String.join(", ", names(operation.path("responses"))))));
    close();
    each(this::operation);
    out.append("[#api-messages]\n=== Messages and bodies\n\n");
    for (String schema : schemas) {
      JsonNode node = api.path("components").path("schemas").path(schema);
      out.append("[#schema-").append(schema).append("]\n==== ").append(schema).append("\n\n");
      out.append(text(need(schema, node))).append("\n\n");
      JsonNode properties = node.path("properties");
      if (properties.size() == 1) {
        // For a message with a single object, list the keys of that object.
        properties = resolve(properties.elements().next()).path("properties");
      }
      open("2,2,5", "Key", "Type", "Meaning");
      properties
          .fields()
          .forEachRemaining(
              property -> {
                JsonNode type = resolve(property.getValue());
                row(code(property.getKey()), type(type), text(need(property.getKey(), property.getValue())));
              });
      close();
    }
    errors();
  }

  private interface Visitor {
    void visit(String path, String method, JsonNode operation);
  }

  private void each(Visitor visitor) {
    api.path("paths")
        .fields()
        .forEachRemaining(
            path ->
                path.getValue()
                    .fields()
                    .forEachRemaining(
                        method ->
                            visitor.visit(path.getKey(), method.getKey().toUpperCase(java.util.Locale.ROOT), method.getValue())));
  }

  private void operation(String path, String method, JsonNode operation) {
    out.append("[#op-").append(operation.path("operationId").asText()).append("]\n=== ");
    out.append(code(method + " " + path)).append("\n\n");
    prose(operation.path("description").asText());
    open("2,1,3,5", "Parameter", "In", "Values", "Meaning");
    for (JsonNode each : operation.path("parameters")) {
      JsonNode parameter = resolve(each);
      String name = parameter.path("name").asText();
      String required = parameter.path("required").asBoolean() ? ", required" : "";
      String example = "";
      if (parameter.has("example")) {
        JsonNode value = parameter.get("example");
        List<String> values = new ArrayList<>();
        value.forEach(one -> values.add(one.asText()));
        example = " +\n" + code(value.isArray() ? String.join(",", values) : value.asText());
      }
      row(code(name), parameter.path("in").asText() + required, type(parameter.path("schema")) + example,
          text(need(name, parameter)));
    }
    close();
    bodies("The body of the request", operation.path("requestBody"));
    bodies("The body of the response", operation.path("responses").path("200"));
    bodies("The text frames that follow", operation.path("responses").path("101"));
    open("1,6,2", "Status", "When", "Error codes");
    operation
        .path("responses")
        .fields()
        .forEachRemaining(
            response -> {
              JsonNode answer = resolve(response.getValue());
              Set<String> codes = new LinkedHashSet<>();
              examples(answer).forEach(example -> codes.add(example.path("error_code").asText()));
              codes.remove("");
              row(response.getKey(), text(need(response.getKey(), answer)), String.join(", ", codes));
            });
    close();
  }

  /** Writes links to the schemas of a body. */
  private void bodies(String what, JsonNode holder) {
    List<String> links = new ArrayList<>();
    for (String reference :
        holder.at("/content/application~1json/schema").findValuesAsText("$ref")) {
      String name = reference.substring(reference.lastIndexOf('/') + 1);
      schemas.add(name);
      links.add("<<schema-" + name + ">>");
    }
    if (!links.isEmpty()) {
      out.append(what).append(": ").append(String.join(" or ", links)).append(".\n\n");
    }
  }

  /** Writes each code with its statuses and examples of its texts, from the examples of all responses. */
  private void errors() {
    Map<Integer, Map<String, Set<String>>> found = new TreeMap<>();
    each(
        (path, method, operation) ->
            operation
                .path("responses")
                .fields()
                .forEachRemaining(
                    response ->
                        examples(resolve(response.getValue()))
                            .forEach(
                                example -> {
                                  if (example.has("error_code")) {
                                    found
                                        .computeIfAbsent(example.get("error_code").asInt(), code -> new TreeMap<>())
                                        .computeIfAbsent(response.getKey(), status -> new LinkedHashSet<>())
                                        .add(example.path("desc").asText() + ". " + example.path("detail").asText());
                                  }
                                })));
    out.append("[#api-errors]\n=== Error codes\n\n<<_errors>> describes what to do about each.\n\n");
    open("1,1,7", "Code", "Status", "Examples of desc and detail");
    found.forEach(
        (code, statuses) ->
            statuses.forEach(
                (status, texts) ->
                    row("" + code, status, String.join(" +\n", texts.stream().map(this::code).toList()))));
    close();
  }

  private List<JsonNode> examples(JsonNode answer) {
    List<JsonNode> examples = new ArrayList<>();
    answer.path("content").forEach(type -> type.path("examples").forEach(example -> examples.add(resolve(example).path("value"))));
    return examples;
  }

  private String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    List<String> parts = new ArrayList<>();
    if (type.isArray()) {
      List<String> names = new ArrayList<>();
      type.forEach(name -> names.add(name.asText()));
      parts.add(String.join(" or ", names));
    } else if (type.asText().equals("array")) {
      String bounds = schema.has("maxItems") ? " of " + schema.path("minItems").asInt() + " to " + schema.path("maxItems").asText() : "";
      parts.add("list" + bounds + ": " + type(resolve(schema.path("items"))));
    } else if (!type.isMissingNode()) {
      parts.add(type.asText());
    } else if (schema.has("oneOf")) {
      List<String> names = new ArrayList<>();
      schema.get("oneOf").forEach(one -> names.add(resolve(one).path("type").asText()));
      parts.add(String.join(" or ", names));
    }
    if (schema.has("format")) {
      parts.add(schema.get("format").asText());
    }
    if (schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema.get("enum").forEach(value -> values.add(code(value.asText())));
      parts.add("one of " + String.join(", ", values));
    }
    bound(parts, schema, "minimum", "from ");
    bound(parts, schema, "maximum", "to ");
    bound(parts, schema, "minLength", "at least ", " characters");
    bound(parts, schema, "maxLength", "at most ", " characters");
    return String.join(", ", parts);
  }

  private static void bound(List<String> parts, JsonNode schema, String name, String... words) {
    if (schema.has(name)) {
      parts.add(words[0] + schema.get(name).asText() + (words.length > 1 ? words[1] : ""));
    }
  }

  /** The node itself, or what it refers to; what stands beside the reference wins. */
  private JsonNode resolve(JsonNode node) {
    if (!node.has("$ref")) {
      return node;
    }
    JsonNode target = api.at(node.get("$ref").asText().substring(1));
    if (target.isMissingNode()) {
      throw new IllegalArgumentException("openapi.yaml: " + node.get("$ref") + " (expected: it is there)");
    }
    ObjectNode merged = target.deepCopy();
    node.fields().forEachRemaining(field -> merged.set(field.getKey(), field.getValue()));
    merged.remove("$ref");
    return merged;
  }

  private String need(String name, JsonNode node) {
    String description = resolve(node).path("description").asText().strip();
    if (description.isEmpty()) {
      throw new IllegalArgumentException("openapi.yaml: " + name + ": no description (expected: one)");
    }
    return description;
  }

  private static List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  // AsciiDoc.

  /** The little Markdown that descriptions have: paragraphs, headings and lists. */
  private void prose(String markdown) {
    for (String line : markdown.split("\n", -1)) {
      String stripped = line.strip();
      if (stripped.startsWith("## ")) {
        out.append("\n[discrete]\n==== ").append(text(stripped.substring(3))).append("\n\n");
      } else if (stripped.startsWith("- ")) {
        out.append("* ").append(text(stripped.substring(2))).append('\n');
      } else if (stripped.isEmpty()) {
        out.append('\n');
      } else {
        out.append('\n').append(text(stripped)).append("\n\n");
      }
    }
    out.append('\n');
  }

  /** Text as it is, but for what is in back quotes. */
  private String text(String plain) {
    StringBuilder text = new StringBuilder();
    Matcher code = CODE.matcher(plain.strip());
    int end = 0;
    while (code.find()) {
      text.append(literal(plain.strip().substring(end, code.start()))).append(code(code.group(1)));
      end = code.end();
    }
    return text.append(literal(plain.strip().substring(end))).toString();
  }

  private static String literal(String plain) {
    return plain.isEmpty() ? "" : "pass:c[" + plain.replace("]", "\\]").replace("|", "\\|") + "]";
  }

  private String code(String plain) {
    return plain.isEmpty() ? "" : "``" + literal(plain) + "``";
  }

  private void open(String columns, String... titles) {
    out.append("[cols=\"").append(columns).append("\"]\n|===\n");
    for (String title : titles) {
      out.append('|').append(title).append(' ');
    }
    out.append("\n\n");
  }

  private void row(String... cells) {
    for (String cell : cells) {
      out.append('|').append(cell).append('\n');
    }
  }

  private void close() {
    out.append("|===\n\n");
  }
}
