package luna.sender.filter;

import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute;
import luna.sender.event.EventAttribute.Aggregate;
import luna.sender.event.EventAttribute.Type;
import luna.sender.event.EventSchema;
import luna.sender.event.Uuid;
import luna.sender.filter.FilterParameter.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Reads the filters of one document; {@link ParameterKeywords} checks the form of each one first.
 *
 * <p>Errors: {@link IllegalArgumentException} with the parameter and the keyword that is wrong.
 *
 * <p>Owner: one thread; used for one document.
 */
final class FilterContractReader {
  /** The most filters of a contract. */
  private static final int LIMIT = Long.SIZE;

  private static final int NAME_LIMIT = 64;
  private static final String COMPONENTS = "#/components/parameters/";
  private static final String FIELD = "x-event-field";
  private static final String AGGREGATE = "x-event-aggregate";
  private static final String MATCH = "x-event-match";
  private static final String REQUIRES = "x-event-requires";
  private static final String NOUN = "x-event-noun";
  private static final String NAMES = "x-enum-varnames";
  private static final String LOWER = "__gte";
  private static final String UPPER = "__lt";

  private final JsonObject document;
  private final EventSchema.Builder events = new EventSchema.Builder();
  private final Map<String, FilterParameter> parameters = new LinkedHashMap<>();
  private final Map<Object, FilterAttribute> attributes = new LinkedHashMap<>();

  FilterContractReader(JsonObject document) {
    this.document = document;
  }

  /** Two bounds with the same key are the two ends of one range. */
  private record RangeKey(String name, EventAttribute event) {}

  FilterContract read() {
    Set<String> names = new HashSet<>();
    for (Object each : operation().getJsonArray("parameters")) {
      JsonObject parameter = resolved(each);
      String name = name(parameter);
      if (!names.add(name)) {
        throw new IllegalArgumentException("parameter " + name + ": twice (expected: once)");
      }
      if ("query".equals(parameter.getValue("in")) && parameter.containsKey(FIELD)) {
        add(name, parameter);
      }
    }
    return new FilterContract(
        List.copyOf(parameters.values()), List.copyOf(attributes.values()), events.build());
  }

  private JsonObject operation() {
    for (Map.Entry<String, Object> path : document.getJsonObject("paths")) {
      for (Map.Entry<String, Object> operation : (JsonObject) path.getValue()) {
        if (operation.getValue() instanceof JsonObject object
            && "ws".equals(object.getString("operationId"))) {
          return object;
        }
      }
    }
    throw new IllegalArgumentException("paths: no operation ws (expected: one)");
  }

  private JsonObject resolved(Object entry) {
    if (!(entry instanceof JsonObject parameter)) {
      throw ParameterKeywords.bad("parameters of ws", entry, "objects");
    }
    Object reference = parameter.getValue("$ref");
    if (reference == null) {
      return parameter;
    }
    if (reference instanceof String text
        && text.startsWith(COMPONENTS)
        && document
                .getJsonObject("components")
                .getJsonObject("parameters")
                .getValue(text.substring(COMPONENTS.length()))
            instanceof JsonObject target
        && !target.containsKey("$ref")) {
      return target;
    }
    throw ParameterKeywords.bad("parameters of ws: $ref", reference, COMPONENTS + "NAME");
  }

  /** Returns the name, which a client can write in a URL as it is. */
  private static String name(JsonObject parameter) {
    if (parameter.getValue("name") instanceof String name && isName(name)) {
      return name;
    }
    throw new IllegalArgumentException(
        "parameter "
            + ParameterKeywords.shown(String.valueOf(parameter.getValue("name")))
            + ": name (expected: letters, digits, _ and -, at most "
            + NAME_LIMIT
            + ")");
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_LIMIT
        && name.chars()
            .allMatch(
                c ->
                    c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || c == '_'
                        || c == '-');
  }

  private void add(String name, JsonObject parameter) {
    if (parameters.size() == LIMIT) {
      throw new IllegalArgumentException(
          "parameter " + name + ": one too many (expected: at most " + LIMIT + " filters)");
    }
    try {
      parameters.put(name, read(name, parameter));
    } catch (IllegalArgumentException failure) {
      throw new IllegalArgumentException("parameter " + name + ": " + failure.getMessage());
    }
  }

  private FilterParameter read(String name, JsonObject parameter) {
    ParameterKeywords.check(parameter);
    JsonObject schema = parameter.getJsonObject("schema");
    Kind kind = kind(name, parameter, schema);
    JsonObject value = schema.getJsonObject("items", schema);
    CodeNames names = kind == Kind.CODE || kind == Kind.CODES ? names(value) : null;
    Type type =
        kind.isBound()
            ? Type.NUMBER
            : names != null
                ? Type.CODE
                : Uuid.PATTERN.equals(value.getString("pattern")) ? Type.UUID : Type.TEXT;
    String path = parameter.getString(FIELD);
    EventAttribute event = event(path, type, parameter, names);
    FilterAttribute attribute = attribute(name, kind, event, schema);
    FilterParameter read =
        new FilterParameter(
            name, parameters.size(), kind, parameter.getString(NOUN, noun(path)), attribute);
    attribute.add(read);
    return read;
  }

  private EventAttribute event(
      String path, Type type, JsonObject parameter, @Nullable CodeNames names) {
    Aggregate aggregate = aggregate(parameter, type, path);
    if (aggregate != Aggregate.ALL && "all".equals(parameter.getString(MATCH))) {
      throw bad(AGGREGATE, parameter.getString(AGGREGATE), "none, for x-event-match: all");
    }
    try {
      return events.add(path, type, aggregate, parameter.getString(REQUIRES), names);
    } catch (IllegalArgumentException failure) {
      throw new IllegalArgumentException(FIELD + ": " + failure.getMessage());
    }
  }

  private FilterAttribute attribute(
      String name, Kind kind, EventAttribute event, JsonObject schema) {
    Object key = name;
    if (kind.isBound()) {
      key = new RangeKey(name.substring(0, name.lastIndexOf("__")), event);
    }
    FilterAttribute known = attributes.get(key);
    if (known == null) {
      double minimum = number(schema, "minimum", Double.NEGATIVE_INFINITY);
      double maximum = number(schema, "maximum", Double.POSITIVE_INFINITY);
      known =
          new FilterAttribute(
              attributes.size(),
              event,
              kind == Kind.ALL_OF,
              minimum,
              Grid.of(Double.isInfinite(minimum) ? 0 : minimum, maximum));
      attributes.put(key, known);
    }
    return known;
  }

  private static double number(JsonObject schema, String keyword, double absent) {
    Number number = schema.getNumber(keyword);
    return number == null ? absent : number.doubleValue();
  }

  private static Kind kind(String name, JsonObject parameter, JsonObject schema) {
    boolean list = "array".equals(schema.getString("type"));
    JsonObject value = schema.getJsonObject("items", schema);
    String type = value.getString("type");
    boolean bound = name.endsWith(LOWER) || name.endsWith(UPPER);
    if (bound && (list || type.equals("string") || value.containsKey("enum"))) {
      throw bad("schema.type", list ? "array" : type, "a number, for a name that ends so");
    }
    String match = parameter.getString(MATCH, "any");
    if (!match.equals("any") && !(match.equals("all") && list && type.equals("string"))) {
      throw bad(MATCH, match, "any, or all for a list of strings");
    }
    if (type.equals("string")) {
      return match.equals("all") ? Kind.ALL_OF : Kind.ANY_OF;
    }
    if (value.containsKey("enum")) {
      return list ? Kind.CODES : Kind.CODE;
    }
    if (!bound) {
      throw bad("name", name, "a name that ends in " + LOWER + " or " + UPPER + ", for a number");
    }
    return name.endsWith(LOWER) ? Kind.GTE : Kind.LT;
  }

  private static CodeNames names(JsonObject schema) {
    List<String> texts = schema.getJsonArray(NAMES).stream().map(String.class::cast).toList();
    List<Integer> codes = schema.getJsonArray("enum").stream().map(Integer.class::cast).toList();
    return new CodeNames(texts, codes);
  }

  private static Aggregate aggregate(JsonObject parameter, Type type, String path) {
    String aggregate = parameter.getString(AGGREGATE);
    boolean several = path.contains("[]");
    if (aggregate == null) {
      return type == Type.NUMBER && several ? Aggregate.HIGHEST : Aggregate.ALL;
    }
    for (Aggregate each : Aggregate.values()) {
      if (each != Aggregate.ALL && each.name().toLowerCase(Locale.ROOT).equals(aggregate)) {
        if (!several) {
          throw bad(AGGREGATE, aggregate, "none, for a field without []");
        }
        return each;
      }
    }
    throw bad(AGGREGATE, aggregate, "highest, lowest, first or last");
  }

  /** Returns the last key of the path, in words. */
  private static String noun(String path) {
    return path.substring(path.lastIndexOf('.') + 1).replace("[]", "").replace('_', ' ');
  }

  private static IllegalArgumentException bad(String keyword, String value, String expected) {
    return ParameterKeywords.bad(keyword, value, expected);
  }
}
