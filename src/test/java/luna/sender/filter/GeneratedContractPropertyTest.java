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
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void filtersOfAnyContractAgreeWithTheTree(@ForAll Random random) throws JsonProcessingException {
    FilterContract contract = FilterContract.of(RandomContracts.document(random));
    List<JsonObject> queries = new ArrayList<>();
    for (int i = 0; i < QUERIES; i++) {
      queries.add(RandomContracts.query(contract, random));
    }
    for (int i = 0; i < EVENTS; i++) {
      JsonObject event = RandomContracts.event(contract, random);
      check(contract, queries, RandomContracts.text(random), withRepeatedKeys(event, random));
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
        Object other = RandomContracts.anything(random, RandomContracts.DEPTH_LIMIT - 1);
        members.add(Json.encode(key) + ":" + Json.encode(other));
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
}
