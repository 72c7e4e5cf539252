package luna.sender.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Merges a file and the environment into the defaults. Only keys that exist in the defaults may be
 * set.
 *
 * <p>Shape: a variable is {@code SECTION__KEY} or {@code SECTION__SECTION__KEY}; the elements of a
 * list are separated by commas. Ignores variables of other programs.
 *
 * <p>Errors: adds them to {@code problems} and keeps the previous value.
 *
 * <p>Owner: one thread.
 */
final class ConfigMerge {
  private static final String SEPARATOR = "__";

  private final ObjectNode defaults;
  private final ObjectNode values;
  private final List<String> problems;

  ConfigMerge(ObjectNode defaults, List<String> problems) {
    this.defaults = defaults;
    this.values = defaults.deepCopy();
    this.problems = problems;
  }

  ObjectNode values() {
    return values;
  }

  void file(ObjectNode file) {
    merge(values, file, "");
  }

  void environment(Map<String, String> environment) {
    new TreeMap<>(environment)
        .forEach(
            (name, text) -> {
              List<String> path = List.of(name.split(SEPARATOR, -1));
              if (path.size() > 1 && defaults.has(path.get(0))) {
                variable(name, path, text);
              }
            });
  }

  private void merge(ObjectNode below, ObjectNode above, String prefix) {
    for (Map.Entry<String, JsonNode> entry : above.properties()) {
      String path = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      JsonNode known = below.get(entry.getKey());
      if (known == null) {
        List<String> names = new ArrayList<>();
        below.fieldNames().forEachRemaining(names::add);
        problems.add(path + ": unknown " + SpellingSuggestion.hint(entry.getKey(), names));
      } else if (known instanceof ObjectNode section) {
        if (value instanceof ObjectNode inner) {
          merge(section, inner, path + ".");
        } else if (!value.isNull()) { // a section whose keys are all commented out is null
          problems.add(
              path + ": " + StrictDeserializer.shape(value) + " (expected: a section with keys)");
        }
      } else if (value.isNull() || value.isObject() || value.isArray() != known.isArray()) {
        String expected = known.isArray() ? "a list" : "one value";
        problems.add(
            path + ": " + StrictDeserializer.shape(value) + " (expected: " + expected + ")");
      } else {
        below.set(entry.getKey(), value);
      }
    }
  }

  private void variable(String name, List<String> path, String text) {
    JsonNode known = defaults;
    for (String key : path) {
      known = known.path(key);
    }
    if (known.isMissingNode() || known.isObject()) {
      String section = path.get(0);
      List<String> names = variables(section + SEPARATOR, (ObjectNode) defaults.get(section));
      problems.add(name + ": unknown " + SpellingSuggestion.hint(name, names));
      return;
    }
    ObjectNode parent = values;
    for (String key : path.subList(0, path.size() - 1)) {
      parent = (ObjectNode) parent.get(key);
    }
    parent.set(path.get(path.size() - 1), value(known, text));
  }

  private static List<String> variables(String prefix, ObjectNode section) {
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof ObjectNode inner) {
        names.addAll(variables(name + SEPARATOR, inner));
      } else {
        names.add(name);
      }
    }
    return names;
  }

  /** Converts a text to the type of the key. If that fails, it stays text. */
  private static JsonNode value(JsonNode known, String text) {
    if (known.isArray()) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      for (String item : text.isBlank() ? new String[0] : text.split(",", -1)) {
        list.add(item.strip());
      }
      return list;
    }
    return known.isNumber() ? number(text) : TextNode.valueOf(text);
  }

  private static JsonNode number(String text) {
    if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
      return BooleanNode.valueOf(Boolean.parseBoolean(text));
    }
    try {
      return DecimalNode.valueOf(new BigDecimal(text));
    } catch (NumberFormatException e) {
      return TextNode.valueOf(text);
    }
  }
}
