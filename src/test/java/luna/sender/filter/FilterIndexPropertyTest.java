package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.RandomEvents;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

/**
 * Tests that the index finds the same subscribers as a linear search, while subscribers are added
 * and removed.
 */
final class FilterIndexPropertyTest {
  private static final int CHANGES = 60;

  /** Compared by identity. */
  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {
    final EventFilter filter;

    Subscriber(EventFilter filter) {
      this.filter = filter;
    }
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void indexAgreesWithALinearSearch(
      @ForAll @Size(min = 1, max = 40) List<@From("queries") JsonObject> queries,
      @ForAll @Size(min = 1, max = 5) List<@From("events") JsonObject> events,
      @ForAll Random random) {
    List<EventFilter> filters = queries.stream().map(TestContract.FILTERS::filter).toList();
    List<Subscriber> population = new ArrayList<>();
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    for (JsonObject json : events) {
      for (int i = 0; i < CHANGES; i++) {
        change(population, index, filters, random);
      }
      Event event = ParsedEvents.of(TestEvents.payload(json)).get(0);
      List<Subscriber> found = new ArrayList<>();
      index.match(event, found::add);
      List<Subscriber> expected =
          population.stream().filter(each -> each.filter.matches(event)).toList();
      assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(index.size()).isEqualTo(population.size());
      Statistics.label("anyone").collect(!expected.isEmpty());
    }
    Statistics.label("anyone")
        .coverage(coverage -> coverage.check(true).percentage(percent -> percent > 50));
    population.forEach(each -> assertThat(index.remove(each)).isTrue());
    assertThat(index.size()).isZero();
  }

  /** Many filters of one shape, so no attribute is selective and sets must be intersected. */
  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void indexAgreesWithALinearSearchForManyFilters(
      @ForAll @Size(min = 1, max = 5) List<@From("events") JsonObject> events,
      @ForAll Random random) {
    List<EventFilter> filters = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      filters.add(
          TestContract.FILTERS.filter(
              new JsonObject()
                  .put("gender", random.nextInt(2))
                  .put("age__gte", random.nextInt(60))
                  .put("object_similarity__lt", random.nextInt(1000) / 1000.0)
                  .put("sources", Trial.list("Moscow", "moscow", "unique " + random.nextInt()))));
    }
    List<Subscriber> population = new ArrayList<>();
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    for (int i = 0; i < 3000; i++) {
      change(population, index, filters, random);
    }
    for (JsonObject json : events) {
      TestEvents.with(json.put("source", "Moscow"), "face_attributes", new JsonObject());
      TestEvents.with(json, "face_attributes.basic_attributes.gender", random.nextInt(2));
      TestEvents.with(json, "face_attributes.basic_attributes.age", random.nextInt(80));
      json.put("matches", new JsonArray().add(TestEvents.match("label", random.nextDouble())));
      Event event = ParsedEvents.of(TestEvents.payload(json)).get(0);
      List<Subscriber> found = new ArrayList<>();
      index.match(event, found::add);
      assertThat(found)
          .containsExactlyInAnyOrderElementsOf(
              population.stream().filter(each -> each.filter.matches(event)).toList());
    }
  }

  /**
   * Adds two subscribers for each removed one, sometimes with a filter that is already in the
   * index.
   */
  private static void change(
      List<Subscriber> population,
      FilterIndex<Subscriber> index,
      List<EventFilter> filters,
      Random random) {
    if (!population.isEmpty() && random.nextInt(3) == 0) {
      Subscriber leaving = population.remove(random.nextInt(population.size()));
      assertThat(index.remove(leaving)).isTrue();
      assertThat(index.remove(leaving)).isFalse();
    } else {
      EventFilter filter = filters.get(random.nextInt(filters.size()));
      Subscriber coming = new Subscriber(filter);
      population.add(coming);
      index.add(filter, coming);
    }
  }

  @Provide
  Arbitrary<JsonObject> queries() {
    return RandomQueries.queries();
  }

  @Provide
  Arbitrary<JsonObject> events() {
    return RandomEvents.events();
  }
}
