package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Random;

/**
 * Contracts with random filters, and random events and queries for them.
 *
 * <p>Shape: a few keys and values, so that paths overlap and values of events and queries are often
 * equal.
 */
public final class RandomContracts {
  /** The depth of random values. */
  public static final int DEPTH_LIMIT = 4;

  private static final int FILTERS_LIMIT = 12;
  private static final String UUID_PATTERN =
      "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
  private static final List<String> KEYS = List.of("a", "b", "aa", "a_long_key", "ключ");
  private static final List<String> TEXTS =
      List.of("x", "y", "one", "two", "é", "", "AB", "ab", "1");
  private static final List<Number> NUMBERS = List.of(1, 2, 0.5, -1, 1e300, 150, 7.25);

  private RandomContracts() {}

  /** Returns an OpenAPI document with operation {@code ws}. */
  public static JsonObject document(Random random) {
    JsonArray parameters = new JsonArray();
    int count = 1 + random.nextInt(FILTERS_LIMIT);
    for (int i = 0; i < count; i++) {
      parameters.add(parameter(i, random));
    }
    JsonObject ws =
        new JsonObject()
            .put("operationId", "ws")
            .put("parameters", parameters)
            .put("responses", JsonObject.of("101", JsonObject.of("description", "events")));
    return new JsonObject()
        .put("openapi", "3.1.0")
        .put("info", JsonObject.of("title", "random", "version", "1"))
        .put("paths", JsonObject.of("/ws", JsonObject.of("get", ws)));
  }

  private static JsonObject parameter(int i, Random random) {
    int kind = random.nextInt(6);
    boolean ofPayload = kind < 3 && random.nextInt(8) == 0;
    String path = ofPayload ? "handler_id" : path(random);
    JsonObject parameter = new JsonObject().put("in", "query").put("x-event-field", path);
    String name = "f" + i;
    JsonObject schema = list(string());
    switch (kind) {
      case 0 -> {
        // One of the texts.
      }
      case 1 -> parameter.put("x-event-match", "all");
      case 2 -> schema = list(string().put("pattern", UUID_PATTERN));
      case 3 -> schema = list(codes());
      case 4 -> schema = codes();
      default -> {
        name += random.nextBoolean() ? "__gte" : "__lt";
        schema = number(random);
      }
    }
    if (path.contains("[]") && !parameter.containsKey("x-event-match") && random.nextInt(3) == 0) {
      List<String> aggregates =
          name.contains("__")
              ? List.of("highest", "lowest", "first", "last")
              : List.of("first", "last");
      parameter.put("x-event-aggregate", aggregates.get(random.nextInt(aggregates.size())));
    }
    if (path.contains("[]") && random.nextInt(3) == 0) {
      String element = path.substring(0, path.lastIndexOf("[]") + 2);
      String requires = element + "." + key(random) + "[]";
      if (!path.endsWith("[]") && !requires.startsWith(path + "[")) {
        parameter.put("x-event-requires", requires);
      }
    }
    return parameter
        .put("name", name)
        .put("style", "form")
        .put("explode", false)
        .put("schema", schema);
  }

  private static String path(Random random) {
    StringBuilder path = new StringBuilder("event");
    int depth = 1 + random.nextInt(DEPTH_LIMIT - 1);
    for (int i = 0; i < depth; i++) {
      path.append('.').append(key(random)).append(random.nextInt(3) == 0 ? "[]" : "");
    }
    return path.toString();
  }

  private static String key(Random random) {
    return KEYS.get(random.nextInt(random.nextInt(KEYS.size()) + 1));
  }

  private static JsonObject list(JsonObject items) {
    return new JsonObject()
        .put("type", "array")
        .put("minItems", 1)
        .put("maxItems", 1000)
        .put("items", items);
  }

  private static JsonObject string() {
    return new JsonObject().put("type", "string");
  }

  private static JsonObject codes() {
    return new JsonObject()
        .put("type", "integer")
        .put("enum", JsonArray.of(1, 2, -1))
        .put("x-enum-varnames", JsonArray.of("one", "two", "é"));
  }

  private static JsonObject number(Random random) {
    JsonObject schema = new JsonObject().put("type", "number");
    return random.nextBoolean()
        ? schema
        : schema.put("minimum", -1).put("maximum", random.nextBoolean() ? 0 : 9);
  }

  /** Returns a query with up to four filters. */
  public static JsonObject query(FilterContract contract, Random random) {
    return query(contract, List.of(), List.of(), random);
  }

  /**
   * Returns a query with up to four filters.
   *
   * @param texts further values, for example those of an event
   * @param numbers further bounds
   */
  public static JsonObject query(
      FilterContract contract, List<String> texts, List<? extends Number> numbers, Random random) {
    JsonObject query = new JsonObject();
    List<FilterParameter> parameters = contract.parameters();
    for (int i = random.nextInt(4); i >= 0; i--) {
      FilterParameter parameter = parameters.get(random.nextInt(parameters.size()));
      Object value =
          switch (parameter.kind()) {
            case ANY_OF, ALL_OF -> texts(texts, random);
            case CODES -> JsonArray.of(1, random.nextBoolean() ? 2 : -1);
            case CODE -> random.nextBoolean() ? 1 : 2;
            case GTE, LT -> oneOf(random.nextBoolean() ? NUMBERS : numbers, NUMBERS, random);
          };
      query.put(parameter.name(), value);
    }
    return query;
  }

  /** Returns mostly one text, and up to three. */
  private static JsonArray texts(List<String> further, Random random) {
    JsonArray texts = new JsonArray();
    for (int i = Math.max(9, random.nextInt(12)); i >= 9; i--) {
      texts.add(random.nextBoolean() ? text(random) : oneOf(further, TEXTS, random));
    }
    return texts;
  }

  /** Returns an event with values where most of the filters look. */
  public static JsonObject event(FilterContract contract, Random random) {
    JsonObject event = object(random, 0);
    for (FilterParameter parameter : contract.parameters()) {
      if (random.nextInt(3) > 0) {
        Object value =
            switch (parameter.kind()) {
              case ANY_OF, ALL_OF -> text(random);
              case CODE, CODES -> random.nextBoolean() ? 1 : "two";
              case GTE, LT -> oneOf(NUMBERS, NUMBERS, random);
            };
        place(event, parameter, value, random);
      }
    }
    return event;
  }

  /** Puts a value where the filter looks, in a new element of each array on the way. */
  public static void place(
      JsonObject event, FilterParameter parameter, Object value, Random random) {
    String path = parameter.attribute().event().path();
    if (!path.startsWith("event.")) {
      return;
    }
    String requires = parameter.attribute().event().requires();
    JsonObject target = event;
    String[] keys = path.substring("event.".length()).split("\\.", -1);
    for (int i = 0; i < keys.length; i++) {
      boolean last = i == keys.length - 1;
      String key = keys[i].replace("[]", "");
      boolean array = keys[i].endsWith("[]");
      JsonObject next =
          !array && target.getValue(key) instanceof JsonObject known ? known : new JsonObject();
      Object placed = last ? value : next;
      if (array) {
        JsonArray list = target.getValue(key) instanceof JsonArray known ? known : new JsonArray();
        target.put(key, list.add(placed));
        if (!last && requires != null && random.nextBoolean()) {
          String condition = requires.substring(requires.lastIndexOf('.') + 1);
          next.put(condition.replace("[]", ""), JsonArray.of(new JsonObject()));
        }
      } else {
        target.put(key, placed);
      }
      target = next;
    }
  }

  static String text(Random random) {
    return TEXTS.get(random.nextInt(random.nextInt(TEXTS.size()) + 1));
  }

  private static <T> T oneOf(List<? extends T> values, List<T> ifEmpty, Random random) {
    List<? extends T> list = values.isEmpty() ? ifEmpty : values;
    return list.get(random.nextInt(list.size()));
  }

  private static JsonObject object(Random random, int depth) {
    JsonObject object = new JsonObject();
    for (String key : KEYS) {
      if (random.nextInt(3) > 0) {
        object.put(key, anything(random, depth + 1));
      }
    }
    return object;
  }

  static Object anything(Random random, int depth) {
    int kind = random.nextInt(depth > DEPTH_LIMIT ? 6 : 12);
    return switch (kind) {
      case 0, 1, 2 -> text(random);
      case 3, 4 -> oneOf(NUMBERS, NUMBERS, random);
      case 5 -> random.nextBoolean();
      case 6, 7, 8 -> object(random, depth);
      default -> {
        JsonArray array = new JsonArray();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(anything(random, depth + 1));
        }
        yield array;
      }
    };
  }
}
