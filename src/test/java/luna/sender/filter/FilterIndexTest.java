package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;

final class FilterIndexTest {
  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  @Test
  void matchLeavesNoResultsForTheNextEvent() {
    FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
    List<Subscriber> all = new ArrayList<>();
    for (String label : List.of("a", "b", "c", "d")) {
      Subscriber subscriber = new Subscriber();
      all.add(subscriber);
      index.add(
          TestContract.FILTERS.filter(
              new JsonObject().put("matching_candidates_labels", new JsonArray().add(label))),
          subscriber);
    }
    // Twice: a match must not leave results in the index.
    for (int i = 0; i < 2; i++) {
      assertThat(found(index, "a", "b", "c", "d")).containsExactlyInAnyOrderElementsOf(all);
      assertThat(found(index, "a")).containsExactly(all.get(0));
    }
  }

  private static List<Subscriber> found(FilterIndex<Subscriber> index, String... labels) {
    JsonArray matches = new JsonArray();
    for (String label : labels) {
      matches.add(TestEvents.match(label, 0.5));
    }
    Event event =
        ParsedEvents.of(TestEvents.payload(new JsonObject().put("matches", matches))).get(0);
    List<Subscriber> found = new ArrayList<>();
    index.match(event, found::add);
    return found;
  }
}
