package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests an index in which adding or removing fails at every possible call: the stack overflows one
 * frame later each time.
 */
final class FilterIndexFaultTest {
  private static final int SUBSCRIBERS = 40;
  private static final List<Event> EVENTS = events();

  private final AtomicLong reportedBytes = new AtomicLong();
  private final FilterIndex<Subscriber> index = new FilterIndex<>(reportedBytes::addAndGet);
  private final List<Subscriber> present = new ArrayList<>();
  private final List<EventFilter> filters = new ArrayList<>();
  private int failures;

  private static final class Subscriber extends FilterIndex.Subscriber<Subscriber> {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void failedAdditionLeavesTheIndexUnchanged(int seed) {
    Random random = new Random(seed);
    fill(random);
    for (int i = 0; i < 12; i++) {
      EventFilter filter = filter(random);
      failAdding(filter);
      long before = index.bytes();
      failAdding(filter);
      // The first failure may have grown a table; the second one must not.
      assertThat(index.bytes()).isEqualTo(before);
      remove(random.nextInt(present.size()));
      add(filter(random));
    }
    assertThat(failures).isGreaterThan(100);
    empty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void failedRemovalStillRemovesTheSubscriber(int seed) {
    Random random = new Random(seed);
    fill(random);
    for (int i = 0; i < 12; i++) {
      EventFilter filter = filter(random);
      failRemoving(filter);
      long before = index.bytes();
      failRemoving(filter);
      // Compiled code overflows at other calls: an array may still grow by an element.
      assertThat(index.bytes()).isBetween(before, before + 64);
    }
    assertThat(failures).isGreaterThan(100);
    empty();
  }

  /**
   * Fails between two changes of the index.
   *
   * @param again the injection point after that, in the cleanup, at which it fails once more; 0 for
   *     none
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7})
  void additionThatFailsHalfwayLeavesTheIndexUnchanged(int again) {
    Random random = new Random(again);
    fill(random);
    for (int i = 0; i < 60; i++) {
      EventFilter filter = filter(random);
      boolean known = index.has(filter);
      for (int nth = 1; ; nth++) {
        Subscriber subscriber = new Subscriber();
        if (!fails(nth, again, () -> index.add(filter, subscriber))) {
          index.remove(subscriber);
          break;
        }
        failures++;
        assertThat(index.remove(subscriber)).isFalse();
        settle();
        assertThat(index.has(filter)).isEqualTo(known);
        check();
      }
    }
    assertThat(failures).isGreaterThan(100);
    empty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7})
  void removalThatFailsHalfwayRemovesTheSubscriber(int again) {
    Random random = new Random(again);
    fill(random);
    for (int i = 0; i < 60; i++) {
      EventFilter filter = filter(random);
      for (int nth = 1; ; nth++) {
        Subscriber subscriber = new Subscriber();
        index.add(filter, subscriber);
        boolean failed = fails(nth, again, () -> index.remove(subscriber));
        failures += failed ? 1 : 0;
        assertThat(index.remove(subscriber)).isFalse();
        settle();
        check();
        if (!failed) {
          break;
        }
      }
    }
    assertThat(failures).isGreaterThan(100);
    empty();
  }

  /** Returns whether the task threw the exception of its nth injection point. */
  private static boolean fails(int nth, int again, Runnable task) {
    int[] left = {nth, again};
    FaultInjectionPoint.Installed.install(
        () -> {
          if (left[0] > 0 ? --left[0] == 0 : left[1] > 0 && --left[1] == 0) {
            throw new OutOfMemoryError("a test");
          }
        });
    try {
      task.run();
      return false;
    } catch (OutOfMemoryError expected) {
      return true;
    } finally {
      FaultInjectionPoint.Installed.install(FaultInjectionPoint.NONE);
    }
  }

  /** The consumer of the growth may throw too. */
  @Test
  void failedReportOfGrowthLeavesTheIndexUnchanged() {
    AtomicBoolean full = new AtomicBoolean();
    AtomicLong bytes = new AtomicLong();
    FilterIndex<Subscriber> small =
        new FilterIndex<>(
            growth -> {
              if (growth > 0 && full.get()) {
                throw new OutOfMemoryError("a test");
              }
              bytes.addAndGet(growth);
            });
    Random random = new Random(1);
    Subscriber first = new Subscriber();
    EventFilter filter = filter(random);
    small.add(filter, first);
    long before = bytes.get();
    full.set(true);
    for (int i = 0; i < 100; i++) {
      EventFilter another = filter(random);
      Subscriber subscriber = new Subscriber();
      try {
        small.add(another, subscriber);
        assertThat(another).isEqualTo(filter);
        small.remove(subscriber);
      } catch (OutOfMemoryError refused) {
        assertThat(small.remove(subscriber)).isFalse();
      }
      assertThat(small.size()).isOne();
      assertThat(bytes.get()).isEqualTo(before);
    }
    small.remove(first);
    assertThat(bytes.get()).isZero();
  }

  private void fill(Random random) {
    for (int i = 0; i < SUBSCRIBERS; i++) {
      add(filter(random));
    }
  }

  private void add(EventFilter filter) {
    Subscriber subscriber = new Subscriber();
    index.add(filter, subscriber);
    present.add(subscriber);
    filters.add(filter);
  }

  private void remove(int place) {
    assertThat(index.remove(present.remove(place))).isTrue();
    filters.remove(place);
  }

  /** Adds with an ever larger stack, until it suffices. */
  private void failAdding(EventFilter filter) {
    boolean known = index.has(filter);
    for (int spare = 0; ; spare++) {
      Subscriber subscriber = new Subscriber();
      if (atTheEndOfTheStack(spare, () -> index.add(filter, subscriber))) {
        index.remove(subscriber);
        check();
        return;
      }
      failures++;
      assertThat(index.remove(subscriber)).isFalse();
      settle();
      assertThat(index.has(filter)).isEqualTo(known);
      check();
    }
  }

  private void failRemoving(EventFilter filter) {
    for (int spare = 0; ; spare++) {
      Subscriber subscriber = new Subscriber();
      index.add(filter, subscriber);
      boolean done = atTheEndOfTheStack(spare, () -> index.remove(subscriber));
      failures += done ? 0 : 1;
      // If even the first call overflowed the stack, the subscriber is still in the index.
      index.remove(subscriber);
      settle();
      check();
      if (done) {
        return;
      }
    }
  }

  /** The next call removes what a failed call has left. */
  private void settle() {
    Subscriber subscriber = new Subscriber();
    index.add(filters.get(0), subscriber);
    index.remove(subscriber);
  }

  private void check() {
    assertThat(index.size()).isEqualTo(present.size());
    assertThat(reportedBytes.get()).isEqualTo(index.bytes());
    for (Event event : EVENTS) {
      Set<Subscriber> found = new HashSet<>();
      index.match(event, found::add);
      Set<Subscriber> wanted = new HashSet<>();
      for (int i = 0; i < present.size(); i++) {
        if (filters.get(i).matches(event)) {
          wanted.add(present.get(i));
        }
      }
      assertThat(found).isEqualTo(wanted);
    }
  }

  private void empty() {
    while (!present.isEmpty()) {
      remove(0);
    }
    assertThat(index.size()).isZero();
    assertThat(index.contentBytes()).isZero();
    assertThat(index.textCount()).isZero();
    assertThat(reportedBytes.get()).isZero();
  }

  /**
   * Runs the task with little stack left; a greater {@code spare} leaves more.
   *
   * @return whether the task ended without a StackOverflowError
   */
  private static boolean atTheEndOfTheStack(int spare, Runnable task) {
    AtomicBoolean done = new AtomicBoolean();
    Thread thread = new Thread(null, () -> descend(new int[] {spare}, done, task), "deep", 1 << 18);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
    return done.get();
  }

  /** Recurses until the stack overflows, unwinds a number of frames, and runs the task there. */
  @SuppressWarnings("InfiniteRecursion") // Intended.
  private static void descend(int[] spare, AtomicBoolean done, Runnable task) {
    try {
      descend(spare, done, task);
    } catch (StackOverflowError end) {
      if (spare[0] < 0) {
        return;
      }
      if (spare[0]-- > 0) {
        throw end;
      }
      try {
        task.run();
        done.set(true);
      } catch (StackOverflowError expected) {
        // Expected: the stack was too short.
      }
    }
  }

  private static List<Event> events() {
    Random random = new Random(9);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      JsonObject event = TestEvents.event("event " + i);
      event.put("source", "source " + random.nextInt(6));
      event.put("tags", new JsonArray().add("tag " + random.nextInt(3)).add("tag 9"));
      TestEvents.with(event, "face_attributes.basic_attributes.age", random.nextInt(100));
      TestEvents.with(event, "face_attributes.basic_attributes.gender", random.nextInt(2));
      events.addAll(ParsedEvents.of(TestEvents.payload(event)));
    }
    return events;
  }

  private static EventFilter filter(Random random) {
    JsonObject query = new JsonObject();
    if (random.nextBoolean()) {
      JsonArray sources = new JsonArray();
      for (int i = random.nextInt(8); i >= 0; i--) {
        sources.add("source " + random.nextInt(12));
      }
      query.put("sources", sources);
    }
    if (random.nextBoolean()) {
      query.put("age__gte", random.nextInt(80) / 2.0).put("age__lt", 50 + random.nextInt(50));
    }
    if (random.nextInt(3) == 0) {
      query.put("gender", random.nextInt(2));
    }
    if (random.nextInt(3) == 0) {
      query.put("tags", new JsonArray().add("tag " + random.nextInt(3)));
    }
    if (random.nextInt(3) == 0) {
      query.put("cities", new JsonArray().add("city " + random.nextInt(100)));
    }
    return TestContract.FILTERS.filter(query);
  }
}
