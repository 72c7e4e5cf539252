package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jol.info.GraphLayout;

/** Tests that the memory that an index reports is the memory that it uses. */
final class FilterMemoryTest {
  static {
    System.setProperty("jol.magicFieldOffset", "true"); // Fields of records.
    System.setProperty("jol.skipHotspotSAAttach", "true");
  }

  private static final List<String> LISTS =
      List.of(
          "sources",
          "matching_candidates_labels",
          "tags",
          "cities",
          "areas",
          "districts",
          "streets",
          "house_numbers");

  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  /** Sets of filters that share different parts. */
  private enum Population {
    /** Full URLs: thousands of short values, each listed by one filter only. */
    OWN_VALUES(30, i -> full(i, "v")),
    VALUES_BEYOND_LATIN_1(20, i -> full(i, "\u0416")),
    /** Two filters list each value. */
    PAIRS(40, i -> full(i / 2, "v").put("age__gte", i % 100)),
    SHARED_VALUES(
        4000,
        i ->
            new JsonObject()
                .put("sources", texts(100, j -> "camera " + new Random(100L * i + j).nextInt(1000)))
                .put("cities", new JsonArray().add("Moscow"))),
    ONE_VALUE(20_000, i -> new JsonObject().put("sources", new JsonArray().add("camera " + i))),
    RANGES(
        20_000,
        i ->
            new JsonObject()
                .put("age__gte", i % 90)
                .put("age__lt", i % 90 + 5)
                .put("object_similarity__gte", i / 20_000.0)),
    CODES(
        200,
        i ->
            new JsonObject()
                .put("gender", i % 2)
                .put("emotions", new JsonArray().add(1 + i % 7))
                .put("masks", new JsonArray().add(1 + i % 3))
                .put("age__gte", i / 100.0)),
    /** Each filter has clauses on a different set of attributes. */
    SHAPES(
        4000,
        i -> {
          JsonObject query = new JsonObject().put("age__gte", 20).put("object_similarity__gte", .5);
          for (int bit = 0; bit < LISTS.size(); bit++) {
            if ((i & 1 << bit) != 0) {
              query.put(LISTS.get(bit), new JsonArray().add("value"));
            }
          }
          List<String> codes = List.of("gender", "ethnic_groups", "liveness", "masks", "emotions");
          for (int bit = 0; bit < codes.size(); bit++) {
            if ((i >> LISTS.size() & 1 << bit) != 0) {
              query.put(codes.get(bit), bit == 0 ? 1 : new JsonArray().add(1));
            }
          }
          return query;
        });

    final int filters;
    final IntFunction<JsonObject> query;

    Population(int filters, IntFunction<JsonObject> query) {
      this.filters = filters;
      this.query = query;
    }

    private static JsonObject full(int filter, String prefix) {
      JsonObject query = new JsonObject();
      for (String list : LISTS) {
        query.put(list, texts(800, j -> prefix + filter + "." + list.charAt(0) + j));
      }
      return query;
    }

    private static JsonArray texts(int count, IntFunction<String> text) {
      JsonArray texts = new JsonArray();
      for (int j = 0; j < count; j++) {
        texts.add(text.apply(j));
      }
      return texts;
    }
  }

  @ParameterizedTest
  @EnumSource
  void reportedMemoryEqualsTheHeapMemory(Population population) {
    FilterIndex<Subscriber> empty = new FilterIndex<>(growth -> {});
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    fill(index, population, new Subscriber[population.filters]);
    // Filters refer to the contract, which all of them share.
    GraphLayout shared = GraphLayout.parseInstance(empty, TestContract.FILTERS);
    long heap = GraphLayout.parseInstance(index).subtract(shared).totalSize();
    assertThat((double) index.bytes() / heap).as("reported to measured").isBetween(0.7, 1.3);
  }

  @ParameterizedTest
  @EnumSource
  void filterUsesAtMostTheMemoryItsHandshakeReserves(Population population) {
    AtomicLong reserved = new AtomicLong();
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    for (int i = 0; i < population.filters; i++) {
      EventFilter filter = TestContract.FILTERS.filter(population.query.apply(i));
      reserved.addAndGet(index.has(filter) ? 0 : filter.estimatedBytes());
      index.add(filter, new Subscriber());
    }
    assertThat(index.bytes()).isLessThanOrEqualTo(reserved.get());
  }

  @ParameterizedTest
  @EnumSource
  void memoryIsReleasedAsFiltersAreRemoved(Population population) {
    AtomicLong reported = new AtomicLong();
    FilterIndex<Subscriber> index = new FilterIndex<>(reported::addAndGet);
    Subscriber[] subscribers = new Subscriber[population.filters];
    fill(index, population, subscribers);
    long full = index.bytes();
    assertThat(reported.get()).isEqualTo(full);
    List<Subscriber> leaving = new ArrayList<>(List.of(subscribers));
    java.util.Collections.shuffle(leaving, new Random(1));
    for (int i = 0; i < leaving.size(); i++) {
      assertThat(index.remove(leaving.get(i))).isTrue();
      assertThat(reported.get()).isEqualTo(index.bytes());
      if (i == leaving.size() * 9 / 10) {
        assertThat(index.bytes()).isLessThan(full / 2);
      }
    }
    assertThat(reported.get()).isZero();
  }

  @Test
  void equalFiltersUseTheMemoryOfOne() {
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    index.add(TestContract.FILTERS.filter(Population.full(0, "v")), new Subscriber());
    long one = index.bytes();
    for (int i = 0; i < 1000; i++) {
      EventFilter equal = TestContract.FILTERS.filter(Population.full(0, "v"));
      assertThat(index.has(equal)).isTrue();
      assertThat(index.add(equal, new Subscriber())).isNotSameAs(equal);
    }
    assertThat(index.bytes() - one).isLessThan(10_000);
  }

  private static void fill(
      FilterIndex<Subscriber> index, Population population, Subscriber[] subscribers) {
    for (int i = 0; i < population.filters; i++) {
      subscribers[i] = new Subscriber();
      index.add(TestContract.FILTERS.filter(population.query.apply(i)), subscribers[i]);
    }
  }
}
