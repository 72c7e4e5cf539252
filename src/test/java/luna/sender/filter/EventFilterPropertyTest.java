package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.RandomEvents;
import luna.sender.testing.TestContract;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.jspecify.annotations.Nullable;

/**
 * Tests that the compiled filter agrees with {@link NaiveFilter}, for random events and queries.
 */
final class EventFilterPropertyTest {
  @Property(tries = 6_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void filterAgreesWithTheNaiveFilter(
      @ForAll("queries") JsonObject query,
      @ForAll("events") JsonObject event,
      @ForAll("handlers") @Nullable Object handler) {
    Statistics.label("passes")
        .collect(decideAlike(query, event, handler))
        .coverage(
            coverage -> {
              coverage.check(true).percentage(percent -> percent > 15);
              coverage.check(false).percentage(percent -> percent > 15);
            });
  }

  @Property(tries = 7_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void eachParameterAloneAgreesWithTheNaiveFilter(
      @ForAll("clauses") JsonObject clause,
      @ForAll("events") JsonObject event,
      @ForAll("handlers") @Nullable Object handler) {
    Statistics.label(clause.fieldNames().iterator().next())
        .collect(decideAlike(clause, event, handler))
        .coverage(
            coverage -> {
              coverage.check(true).percentage(percent -> percent > 6);
              coverage.check(false).percentage(percent -> percent > 6);
            });
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void filtersOfTheSameValuesAreEqualInAnyOrder(@ForAll("queries") JsonObject query) {
    JsonObject reversed = new JsonObject();
    query.stream()
        .sorted(Map.Entry.<String, Object>comparingByKey().reversed())
        .forEach(clause -> reversed.put(clause.getKey(), reversed(clause.getValue())));
    assertThat(TestContract.FILTERS.filter(reversed))
        .isEqualTo(TestContract.FILTERS.filter(query))
        .hasSameHashCodeAs(TestContract.FILTERS.filter(query));
  }

  private static boolean decideAlike(JsonObject query, JsonObject event, @Nullable Object handler) {
    String payload =
        new JsonObject()
            .put("events", new JsonArray().add(event))
            .put("handler_id", handler)
            .encode();
    Event parsed = ParsedEvents.of(payload).get(0);
    boolean passes = TestContract.FILTERS.filter(query).matches(parsed);
    assertThat(passes).isEqualTo(NaiveFilter.passes(query, event, handler));
    return passes;
  }

  private static Object reversed(Object value) {
    if (!(value instanceof JsonArray array)) {
      return value;
    }
    JsonArray reversed = new JsonArray();
    for (int i = array.size() - 1; i >= 0; i--) {
      reversed.add(array.getValue(i));
    }
    return reversed;
  }

  @Provide
  Arbitrary<JsonObject> events() {
    return RandomEvents.events();
  }

  @Provide
  Arbitrary<@Nullable Object> handlers() {
    return RandomEvents.handlers();
  }

  @Provide
  Arbitrary<JsonObject> queries() {
    return RandomQueries.queries();
  }

  @Provide
  Arbitrary<JsonObject> clauses() {
    return RandomQueries.clauses();
  }
}
