package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import luna.sender.testing.FastArbitraries;
import luna.sender.testing.RandomEvents;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Generates random validated queries, with values from the same pools as random events. */
final class RandomQueries {
  private RandomQueries() {}

  /** None, one, or several filters. */
  static Arbitrary<JsonObject> queries() {
    return FastArbitraries.object(10, values());
  }

  /** Exactly one filter. */
  static Arbitrary<JsonObject> clauses() {
    return Arbitraries.of(values().entrySet())
        .flatMap(
            clause -> clause.getValue().map(value -> new JsonObject().put(clause.getKey(), value)));
  }

  private static Map<String, Arbitrary<?>> values() {
    Arbitrary<?> texts = list(Arbitraries.of(RandomEvents.TEXTS), 4);
    Map<String, Arbitrary<?>> values = new LinkedHashMap<>();
    values.put("sources", texts);
    values.put("matching_candidates_labels", texts);
    values.put("object_similarity__gte", Arbitraries.of(0, 0.3, 0.5, 0.500001, 1));
    values.put("object_similarity__lt", Arbitraries.of(0.3, 0.5, 0.500001, 1));
    values.put("age__gte", Arbitraries.of(0, 17, 18, 50));
    values.put("age__lt", Arbitraries.of(0, 18, 50, 51));
    values.put("gender", Arbitraries.of(0, 1));
    values.put("ethnic_groups", list(Arbitraries.of(1, 2, 3, 4), 3));
    values.put("liveness", list(Arbitraries.of(0, 1, 2), 2));
    values.put("masks", list(Arbitraries.of(1, 2, 3), 2));
    values.put("emotions", list(Arbitraries.of(1, 2, 3, 4, 5, 6, 7), 5));
    values.put("tags", list(Arbitraries.of(RandomEvents.TEXTS), 2));
    values.put("cities", texts);
    values.put("areas", texts);
    values.put("districts", texts);
    values.put("streets", texts);
    values.put("house_numbers", texts);
    values.put(
        "handler_ids",
        list(
            Arbitraries.of(
                "557d54ec-29ad-4f3c-93b4-c9092ef12515",
                "557d54EC-29ad-4f3c-93b4-c9092ef12515",
                "8950722F-3fd4-4223-b48f-03f95f0e8dfb",
                "346a5645-ec89-4806-820a-dbcb6e0dc381"),
            2));
    return values;
  }

  /** May contain a value twice, like a query. */
  private static Arbitrary<JsonArray> list(Arbitrary<?> items, int most) {
    return items.list().ofMinSize(1).ofMaxSize(most).map(list -> new JsonArray(List.copyOf(list)));
  }
}
