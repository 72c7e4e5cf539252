package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import software.amazon.event.ruler.Machine;

/**
 * Measures one event against many distinct filters, 1 % of which match.
 *
 * <p>Inside the timer: finding and counting the subscribers of a parsed event. Each filter has a
 * gender, two sources, an age range and a similarity bound. {@code ruler} is AWS event-ruler with
 * the same rules, and with the event's fields already flattened for it; {@code linear} evaluates
 * each filter in turn.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FilterIndexBench {
  private static final int CLASSES = 100;

  @Param({"10", "1000", "100000"})
  int filters;

  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  private final FilterIndex<Subscriber> index = new FilterIndex<>(growth -> {});
  private final List<EventFilter> all = new ArrayList<>();
  private final Machine ruler = new Machine();
  private final Event[] events = new Event[CLASSES];
  private final List<List<String>> flattened = new ArrayList<>();
  private int next;
  private int found;

  @Setup
  public void fill() throws Exception {
    for (int i = 0; i < filters; i++) {
      EventFilter filter = filter(i);
      all.add(filter);
      index.add(filter, new Subscriber());
      ruler.addRule("rule " + i, rule(i));
    }
    for (int c = 0; c < CLASSES; c++) {
      events[c] = event(c);
      flattened.add(fields(c));
    }
    for (int c = 0; c < CLASSES; c++) {
      int expected = linear();
      next--;
      int indexed = index();
      next--;
      int ruled = ruler();
      if (indexed != expected || ruled != expected) {
        throw new IllegalStateException(
            "found: " + indexed + ", " + ruled + " (expected: " + expected + ")");
      }
    }
  }

  @Benchmark
  public int index() {
    found = 0;
    index.match(events[Math.floorMod(next++, CLASSES)], subscriber -> found++);
    return found;
  }

  @Benchmark
  public int linear() {
    Event event = events[Math.floorMod(next++, CLASSES)];
    int matches = 0;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).matches(event)) {
        matches++;
      }
    }
    return matches;
  }

  @Benchmark
  @SuppressWarnings("deprecation") // Only this overload excludes JSON parsing.
  public int ruler() {
    return ruler.rulesForEvent(flattened.get(Math.floorMod(next++, CLASSES))).size();
  }

  private static EventFilter filter(int i) {
    int c = i % CLASSES;
    return TestContract.FILTERS.filter(
        new JsonObject()
            .put("gender", c % 2)
            .put("sources", new JsonArray().add("other-" + i).add("cam-" + c))
            .put("age__gte", c)
            .put("age__lt", c + 1)
            .put("object_similarity__gte", c / 100.0));
  }

  private static String rule(int i) {
    int c = i % CLASSES;
    return """
        {"gender":[%d],"source":["other-%d","cam-%d"],\
        "age":[{"numeric":[">=",%d,"<",%d]}],"similarity":[{"numeric":[">=",%s]}]}"""
        .formatted(c % 2, i, c, c, c + 1, c / 100.0);
  }

  private static Event event(int c) {
    JsonObject event = TestEvents.event().put("source", "cam-" + c);
    TestEvents.with(event, "face_attributes.basic_attributes.age", c);
    TestEvents.with(event, "face_attributes.basic_attributes.gender", c % 2);
    TestEvents.with(event, "location.city", "Moscow");
    event.put("matches", new JsonArray().add(TestEvents.match("label", c / 100.0)));
    return ParsedEvents.of(TestEvents.payload(event)).get(0);
  }

  private static List<String> fields(int c) {
    return List.of(
        "age", Integer.toString(c),
        "gender", Integer.toString(c % 2),
        "similarity", Double.toString(c / 100.0),
        "source", "\"cam-" + c + "\"");
  }
}
