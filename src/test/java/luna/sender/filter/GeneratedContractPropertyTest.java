package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import luna.sender.cli.bench.TreeFilter;
import luna.sender.event.Event;
import luna.sender.event.EventAttribute;
import luna.sender.event.ParsedEvents;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

/**
 * Tests that filters of random contracts agree with {@link TreeFilter}, which evaluates the
 * contract's definitions on the JSON tree, for random events and queries.
 */
final class GeneratedContractPropertyTest {
  private static final int EVENTS = 8;
  private static final int QUERIES = 8;
  private static final int FILTERS_LIMIT = 12;
  private static final int DEPTH_LIMIT = 4;
  private static final String UUID_PATTERN =
      "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
  private static final List<String> KEYS = List.of("a", "b", "aa", "a_long_key", "ключ");
  private static final List<String> TEXTS =
      List.of("x", "y", "one", "two", "é", "", "AB", "ab", "1");
  private static final List<Object> NUMBERS = List.of(1, 2, 0.5, -1, 1e300, 150, 7.25);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void filtersOfAnyContractAgreeWithTheTree(@ForAll Random random) throws JsonProcessingException {
    JsonArray parameters = new JsonArray();
    int count = 1 + random.nextInt(FILTERS_LIMIT);
    for (int i = 0; i < count; i++) {
      parameters.add(parameter(i, random));
    }
    JsonObject ws = new JsonObject().put("operationId", "ws").put("parameters", parameters);
    FilterContract contract =
        FilterContract.of(
            new JsonObject()
                .put("paths", new JsonObject().put("/ws", new JsonObject().put("get", ws))));
    List<JsonObject> queries = new ArrayList<>();
    for (int i = 0; i < QUERIES; i++) {
      queries.add(query(contract, random));
    }
    for (int i = 0; i < EVENTS; i++) {
      JsonObject event = object(random, 0);
      for (FilterParameter parameter : contract.parameters()) {
        if (random.nextInt(3) > 0) {
          place(event, parameter, random);
        }
      }
      check(contract, queries, text(random), withRepeatedKeys(event, random));
    }
    Statistics.label("passes")
        .coverage(
            coverage -> {
              coverage.check(true).percentage(percent -> percent > 5);
              coverage.check(false).percentage(percent -> percent > 5);
            });
  }

  private static void check(
      FilterContract contract, List<JsonObject> queries, String handlerId, String eventText)
      throws JsonProcessingException {
    String handler = "\"handler_id\":" + Json.encode(handlerId);
    String payload = "{\"events\":[" + eventText + "]," + handler + "}";
    String message = "{\"event\":" + eventText + "," + handler + "}";
    Event event = ParsedEvents.of(contract.events(), payload).get(0);
    JsonNode tree = JSON.readTree(message);
    for (JsonObject query : queries) {
      EventFilter filter = contract.filter(query);
      boolean expected = new TreeFilter(contract.parameters(), query).passes(tree);
      assertThat(filter.matches(event)).as("%s, %s", query, message).isEqualTo(expected);
      assertThat(isFound(filter, event)).as("%s, %s", query, message).isEqualTo(expected);
      List<Clause> clauses = Clause.of(filter);
      assertThat(clauses).hasSize(query.size());
      for (Clause clause : clauses) {
        Clause.Result result = clause.evaluate(event.attributes());
        JsonObject alone =
            new JsonObject().put(result.parameter(), query.getValue(result.parameter()));
        assertThat(result.passes())
            .as(result::reason)
            .isEqualTo(new TreeFilter(contract.parameters(), alone).passes(tree));
      }
      Statistics.label("passes").collect(expected);
    }
  }

  /** Encodes a value; some of its objects have keys that come with other values before. */
  private static String withRepeatedKeys(Object value, Random random) {
    if (value instanceof JsonArray array) {
      return array.stream()
          .map(each -> withRepeatedKeys(each, random))
          .collect(Collectors.joining(",", "[", "]"));
    }
    if (!(value instanceof JsonObject object)) {
      return Json.encode(value);
    }
    List<String> members = new ArrayList<>();
    if (random.nextInt(8) == 0) {
      for (String key : object.fieldNames()) {
        members.add(Json.encode(key) + ":" + Json.encode(anything(random, DEPTH_LIMIT - 1)));
      }
    }
    for (Map.Entry<String, Object> member : object) {
      members.add(Json.encode(member.getKey()) + ":" + withRepeatedKeys(member.getValue(), random));
    }
    return "{" + String.join(",", members) + "}";
  }

  private static boolean isFound(EventFilter filter, Event event) {
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    index.add(filter, new Subscriber());
    List<Subscriber> found = new ArrayList<>();
    index.match(event, found::add);
    return !found.isEmpty();
  }

  private static JsonObject parameter(int i, Random random) {
    String path = path(random);
    JsonObject parameter =
        new JsonObject().put("in", "query").put("explode", false).put("x-event-field", path);
    String name = "f" + i;
    JsonObject schema = new JsonObject();
    switch (random.nextInt(6)) {
      case 0 -> schema.mergeIn(list()).put("items", string());
      case 1 -> {
        schema.mergeIn(list()).put("items", string());
        parameter.put("x-event-match", "all");
      }
      case 2 -> schema.mergeIn(list()).put("items", string().put("pattern", UUID_PATTERN));
      case 3 -> schema.mergeIn(list()).put("items", codes());
      case 4 -> schema = codes();
      default -> {
        name += random.nextBoolean() ? "__gte" : "__lt";
        schema.put("type", "number");
        if (random.nextBoolean()) {
          schema.put("minimum", -1).put("maximum", random.nextBoolean() ? 0 : 9);
        }
      }
    }
    if (path.contains("[]") && random.nextInt(3) == 0) {
      List<String> aggregates =
          name.contains("__")
              ? List.of("highest", "lowest", "first", "last")
              : List.of("first", "last");
      parameter.put("x-event-aggregate", aggregates.get(random.nextInt(aggregates.size())));
    }
    if (path.contains("[]") && random.nextInt(3) == 0) {
      String element = path.substring(0, path.lastIndexOf("[]") + 2);
      parameter.put("x-event-requires", element + "." + key(random) + "[]");
    }
    return parameter.put("name", name).put("schema", schema);
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

  private static JsonObject string() {
    return new JsonObject().put("type", "string");
  }

  private static JsonObject list() {
    return new JsonObject().put("type", "array").put("minItems", 1).put("maxItems", 1000);
  }

  private static JsonObject codes() {
    return new JsonObject()
        .put("type", "integer")
        .put("enum", JsonArray.of(1, 2, -1))
        .put("x-enum-varnames", JsonArray.of("one", "two", "é"));
  }

  private static JsonObject query(FilterContract contract, Random random) {
    JsonObject query = new JsonObject();
    List<FilterParameter> parameters = contract.parameters();
    for (int i = random.nextInt(4); i >= 0; i--) {
      FilterParameter parameter = parameters.get(random.nextInt(parameters.size()));
      query.put(parameter.name(), value(parameter, random));
    }
    return query;
  }

  /** Puts a value where the filter looks, in a new element of each array on the way. */
  private static void place(JsonObject event, FilterParameter parameter, Random random) {
    EventAttribute attribute = parameter.attribute().event();
    Object inner =
        switch (parameter.kind()) {
          case ANY_OF, ALL_OF -> text(random);
          case CODE, CODES -> random.nextBoolean() ? 1 : "two";
          case GTE, LT -> NUMBERS.get(random.nextInt(NUMBERS.size()));
        };
    String path = attribute.path();
    JsonObject target = event;
    String[] keys = path.substring("event.".length()).split("\\.", -1);
    for (int i = 0; i < keys.length; i++) {
      boolean array = keys[i].endsWith("[]");
      String key = array ? keys[i].substring(0, keys[i].length() - 2) : keys[i];
      boolean last = i == keys.length - 1;
      if (array) {
        JsonArray list = target.getValue(key) instanceof JsonArray known ? known : new JsonArray();
        target.put(key, list);
        Object element = last ? inner : new JsonObject();
        list.add(element);
        target = last ? target : (JsonObject) element;
        String requires = attribute.requires();
        if (!last && requires != null && random.nextBoolean()) {
          String condition = requires.substring(requires.lastIndexOf('.') + 1);
          target.put(condition.replace("[]", ""), JsonArray.of(new JsonObject()));
        }
      } else if (last) {
        target.put(key, inner);
      } else {
        JsonObject next =
            target.getValue(key) instanceof JsonObject known ? known : new JsonObject();
        target.put(key, next);
        target = next;
      }
    }
  }

  private static Object value(FilterParameter parameter, Random random) {
    return switch (parameter.kind()) {
      case ANY_OF, ALL_OF -> {
        JsonArray texts = JsonArray.of(text(random));
        for (int i = random.nextInt(12); i > 9; i--) {
          texts.add(text(random));
        }
        yield texts;
      }
      case CODES -> JsonArray.of(1, random.nextBoolean() ? 2 : -1);
      case CODE -> random.nextBoolean() ? 1 : 2;
      case GTE, LT -> NUMBERS.get(random.nextInt(NUMBERS.size()));
    };
  }

  private static String text(Random random) {
    return TEXTS.get(random.nextInt(random.nextInt(TEXTS.size()) + 1));
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

  private static Object anything(Random random, int depth) {
    int kind = random.nextInt(depth > DEPTH_LIMIT ? 6 : 12);
    return switch (kind) {
      case 0, 1, 2 -> text(random);
      case 3, 4 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
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
