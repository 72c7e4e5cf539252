package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
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

/** Tests that explanations agree with deliveries, for random events and queries. */
final class ClausePropertyTest {
  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  @Property(tries = 6_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void eventIsDeliveredIfAndOnlyIfEachClausePassesIt(
      @ForAll("queries") JsonObject query,
      @ForAll("events") JsonObject event,
      @ForAll("handlers") @Nullable Object handler) {
    Event parsed = parsed(event, handler);
    EventFilter filter = TestContract.FILTERS.filter(query);
    boolean passes =
        Clause.of(filter).stream()
            .allMatch(clause -> clause.evaluate(parsed.attributes()).passes());

    assertThat(passes).isEqualTo(filter.matches(parsed));
    assertThat(passes).isEqualTo(isDelivered(filter, parsed));
    Statistics.label("passes")
        .collect(passes)
        .coverage(
            coverage -> {
              coverage.check(true).percentage(percent -> percent > 15);
              coverage.check(false).percentage(percent -> percent > 15);
            });
  }

  /** Each clause alone agrees with {@link NaiveFilter} and reports the value of the query. */
  @Property(tries = 6_000, edgeCases = EdgeCasesMode.NONE)
  void eachClauseIsEvaluatedIndependently(
      @ForAll("queries") JsonObject query,
      @ForAll("events") JsonObject event,
      @ForAll("handlers") @Nullable Object handler) {
    Event parsed = parsed(event, handler);
    EventFilter filter = TestContract.FILTERS.filter(query);
    List<Clause> clauses = Clause.of(filter);
    assertThat(
            clauses.stream().map(clause -> clause.parameter().name()).collect(Collectors.toSet()))
        .isEqualTo(query.fieldNames());
    for (Clause clause : clauses) {
      String name = clause.parameter().name();
      Clause.Result result = clause.evaluate(parsed.attributes());
      JsonObject alone = new JsonObject().put(name, query.getValue(name));
      assertThat(result.passes())
          .as(result::reason)
          .isEqualTo(NaiveFilter.passes(alone, event, handler));
      if (result.value() == null) {
        assertThat(result.passes()).isFalse();
        assertThat(result.reason()).startsWith("the event has no ");
      }
      assertThat(values(result.wanted())).isEqualTo(values(query.getValue(name)));
    }
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void statisticsAreTheSumOfTheResults(
      @ForAll("queries") JsonObject query, @ForAll("lists") List<JsonObject> events) {
    EventFilter filter = TestContract.FILTERS.filter(query);
    FilterStats filterStats = new FilterStats(filter);
    long passed = 0;
    List<String> refusals = new ArrayList<>();
    for (JsonObject event : events) {
      Event parsed = parsed(event, null);
      filterStats.count(parsed.attributes());
      passed += filter.matches(parsed) ? 1 : 0;
      Clause.of(filter).stream()
          .filter(clause -> !clause.passes(parsed.attributes()))
          .forEach(clause -> refusals.add(clause.parameter().name()));
    }
    JsonObject stats = filterStats.json().getJsonObject("stats");
    assertThat(stats.getLong("seen")).isEqualTo(events.size());
    assertThat(stats.getLong("passed")).isEqualTo(passed);
    for (String name : query.fieldNames()) {
      assertThat(stats.getJsonObject("refused").getLong(name))
          .isEqualTo(refusals.stream().filter(name::equals).count());
    }
  }

  private static boolean isDelivered(EventFilter filter, Event event) {
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    index.add(filter, new Subscriber());
    List<Subscriber> found = new ArrayList<>();
    index.match(event, found::add);
    return !found.isEmpty();
  }

  private static Event parsed(JsonObject event, @Nullable Object handler) {
    return ParsedEvents.of(
            new JsonObject()
                .put("events", new JsonArray().add(event))
                .put("handler_id", handler)
                .encode())
        .get(0);
  }

  /** A list is a set, numbers compare by value, and handler ids compare case-insensitively. */
  private static Set<Object> values(Object value) {
    List<?> values = value instanceof JsonArray array ? array.getList() : List.of(value);
    return values.stream()
        .map(each -> each instanceof Number number ? number.doubleValue() : lower(each))
        .collect(Collectors.toSet());
  }

  private static Object lower(Object text) {
    String string = Objects.toString(text);
    return string.length() == 36 ? string.toLowerCase(Locale.ROOT) : string;
  }

  @Provide
  Arbitrary<JsonObject> queries() {
    return RandomQueries.queries();
  }

  @Provide
  Arbitrary<JsonObject> events() {
    return RandomEvents.events();
  }

  @Provide
  Arbitrary<List<JsonObject>> lists() {
    return RandomEvents.events().list().ofMaxSize(20);
  }

  @Provide
  Arbitrary<@Nullable Object> handlers() {
    return RandomEvents.handlers();
  }
}
