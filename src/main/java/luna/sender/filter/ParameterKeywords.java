package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.event.CodeNames;
import luna.sender.event.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Checks the keywords of a parameter that is a filter: only those that the service obeys are
 * allowed, so that the contract cannot promise what does not happen.
 *
 * <p>Errors: {@link IllegalArgumentException} {@code keyword: value (expected: …)}.
 */
final class ParameterKeywords {
  /** The most values of a list in a query. */
  private static final int ITEMS_LIMIT = 1000;

  private static final List<String> PARAMETER =
      List.of(
          "name",
          "in",
          "description",
          "example",
          "style",
          "explode",
          "schema",
          "x-event-field",
          "x-event-match",
          "x-event-aggregate",
          "x-event-requires",
          "x-event-noun");
  private static final List<String> LIST = List.of("type", "minItems", "maxItems", "items");
  private static final List<String> STRING =
      List.of("type", "minLength", "maxLength", "pattern", "enum");
  private static final List<String> CODES = List.of("type", "enum", "x-enum-varnames");
  private static final List<String> NUMBER = List.of("type", "minimum", "maximum");

  private ParameterKeywords() {}

  static void check(JsonObject parameter) {
    allow("", parameter, PARAMETER);
    for (String keyword : PARAMETER) {
      if ((keyword.startsWith("x-") || keyword.equals("description"))
          && parameter.containsKey(keyword)) {
        text(keyword, parameter.getValue(keyword));
      }
    }
    JsonObject schema = object("schema", parameter.getValue("schema"));
    if ("array".equals(schema.getValue("type"))) {
      allow("schema.", schema, LIST);
      checkList(parameter, schema);
      JsonObject items = object("schema.items", schema.getValue("items"));
      if ("number".equals(items.getValue("type")) || isInteger(items) && !isCode(items)) {
        throw bad("schema.items.type", items.getValue("type"), "string, or integer with enum");
      }
      checkValue("schema.items.", items);
    } else {
      checkValue("schema.", schema);
    }
  }

  private static void checkList(JsonObject parameter, JsonObject schema) {
    if (!"form".equals(parameter.getValue("style", "form"))) {
      throw bad("style", parameter.getValue("style"), "form, for a list");
    }
    if (!Boolean.FALSE.equals(parameter.getValue("explode"))) {
      throw bad("explode", parameter.getValue("explode"), "false, for a list");
    }
    int least = whole("schema.minItems", schema.getValue("minItems"), 1, ITEMS_LIMIT);
    whole("schema.maxItems", schema.getValue("maxItems"), least, ITEMS_LIMIT);
  }

  private static void checkValue(String place, JsonObject schema) {
    Object type = schema.getValue("type");
    if ("string".equals(type)) {
      allow(place, schema, STRING);
      checkText(place, schema);
    } else if (isCode(schema)) {
      allow(place, schema, CODES);
      checkCodes(place, schema);
    } else if (isInteger(schema) || "number".equals(type)) {
      allow(place, schema, NUMBER);
      checkRange(place, schema);
    } else {
      throw bad(place + "type", type, "string, integer with enum, a list of these, or a number");
    }
  }

  private static boolean isInteger(JsonObject schema) {
    return "integer".equals(schema.getValue("type"));
  }

  private static boolean isCode(JsonObject schema) {
    return isInteger(schema) && schema.containsKey("enum");
  }

  private static void checkText(String place, JsonObject schema) {
    int least = whole(place + "minLength", schema.getValue("minLength", 0), 0, Integer.MAX_VALUE);
    whole(
        place + "maxLength",
        schema.getValue("maxLength", Integer.MAX_VALUE),
        least,
        Integer.MAX_VALUE);
    if (schema.containsKey("pattern") && !Uuid.PATTERN.equals(schema.getValue("pattern"))) {
      throw bad(place + "pattern", schema.getValue("pattern"), Uuid.PATTERN);
    }
    if (schema.containsKey("enum")) {
      for (Object each : list(place + "enum", schema.getValue("enum"))) {
        text(place + "enum", each);
      }
    }
  }

  private static void checkCodes(String place, JsonObject schema) {
    JsonArray numbers = list(place + "enum", schema.getValue("enum"));
    Set<Object> different = new HashSet<>();
    for (Object each : numbers) {
      whole(place + "enum", each, Integer.MIN_VALUE, Integer.MAX_VALUE);
      if (!different.add(each)) {
        throw bad(place + "enum", each, "each once");
      }
    }
    if (numbers.size() > CodeNames.LIMIT) {
      throw bad(place + "enum", numbers.size(), "at most " + CodeNames.LIMIT + " values");
    }
    JsonArray names = list(place + "x-enum-varnames", schema.getValue("x-enum-varnames"));
    for (Object each : names) {
      text(place + "x-enum-varnames", each);
      if (!different.add(each)) {
        throw bad(place + "x-enum-varnames", each, "each once");
      }
    }
    if (names.size() != numbers.size()) {
      throw bad(place + "x-enum-varnames", names.encode(), "one name for each value of enum");
    }
  }

  private static void checkRange(String place, JsonObject schema) {
    double least = number(place + "minimum", schema.getValue("minimum"), Double.NEGATIVE_INFINITY);
    double most = number(place + "maximum", schema.getValue("maximum"), Double.POSITIVE_INFINITY);
    if (isInteger(schema)) {
      for (String bound : List.of("minimum", "maximum")) {
        whole(place + bound, schema.getValue(bound, 0), Integer.MIN_VALUE, Integer.MAX_VALUE);
      }
    }
    if (least >= most) {
      throw bad(place + "maximum", schema.getValue("maximum"), "more than the minimum");
    }
  }

  private static double number(String place, @Nullable Object value, double absent) {
    if (value == null) {
      return absent;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw bad(place, value, "a number");
  }

  private static int whole(String place, @Nullable Object value, int least, int most) {
    if (value instanceof Integer number && number >= least && number <= most) {
      return number;
    }
    throw bad(place, value, "an integer from " + least + " to " + most);
  }

  private static void text(String place, @Nullable Object value) {
    if (!(value instanceof String text) || text.isBlank()) {
      throw bad(place, value, "text");
    }
  }

  private static JsonArray list(String place, @Nullable Object value) {
    if (value instanceof JsonArray list && !list.isEmpty()) {
      return list;
    }
    throw bad(place, value, "a list of one or more values");
  }

  private static JsonObject object(String place, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw bad(place, value, "an object");
  }

  private static void allow(String place, JsonObject object, List<String> keywords) {
    for (String keyword : object.fieldNames()) {
      if (!keywords.contains(keyword)) {
        throw new IllegalArgumentException(
            shown(place + keyword)
                + ": unknown here (expected: "
                + String.join(", ", keywords)
                + ")");
      }
    }
  }

  static IllegalArgumentException bad(String keyword, @Nullable Object value, String expected) {
    return new IllegalArgumentException(
        keyword
            + ": "
            + (value == null ? "none" : shown(String.valueOf(value)))
            + " (expected: "
            + expected
            + ")");
  }

  /** Returns a text in one short line. */
  static String shown(String text) {
    StringBuilder line = new StringBuilder(ExplanationText.shortened(text));
    for (int i = 0; i < line.length(); i++) {
      if (Character.isISOControl(line.charAt(i))) {
        line.setCharAt(i, '?');
      }
    }
    return line.toString();
  }
}
