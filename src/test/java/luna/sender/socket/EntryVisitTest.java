package luna.sender.socket;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.Position;
import luna.sender.event.SteadyClock;
import luna.sender.event.StreamItem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class EntryVisitTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final List<String> steps = new ArrayList<>();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private static List<HistoryEntry> page(int... items) {
    SteadyClock clock = SteadyClock.system();
    Gap gap = new Gap(clock.now(), clock.now(), Gap.Cause.FAULT, Gap.UNKNOWN);
    List<HistoryEntry> entries = new ArrayList<>();
    for (int count : items) {
      int number = entries.size() + 1;
      List<StreamItem> list = Collections.nCopies(count, gap);
      entries.add(new HistoryEntry(new Position("a", number, number, 0, Position.END), list));
    }
    return entries;
  }

  /** Records the steps, and ends the visit at the given item. */
  private EntryVisit.Visitor recorder(String last) {
    return new EntryVisit.Visitor() {
      @Override
      public boolean visit(int index, int item) {
        steps.add(index + "." + item);
        return !last.equals(index + "." + item);
      }

      @Override
      public boolean end(int index) {
        steps.add(index + ".");
        return !last.equals(index + ".");
      }
    };
  }

  private <T> T onLoop(Supplier<Future<T>> task) {
    Promise<T> done = Promise.promise();
    context.runOnContext(now -> task.get().onComplete(done));
    return await(done.future());
  }

  @Test
  void itemsAreVisitedInOrder() {
    assertThat(onLoop(() -> EntryVisit.forwards(context, page(2, 0, 1), recorder("")))).isTrue();
    assertThat(steps).containsExactly("0.0", "0.1", "0.", "1.", "2.0", "2.");
  }

  @Test
  void itemsAreVisitedInReverseOrder() {
    assertThat(onLoop(() -> EntryVisit.backwards(context, page(2, 0, 1), recorder("")))).isTrue();
    assertThat(steps).containsExactly("2.0", "2.", "1.", "0.1", "0.0", "0.");
  }

  @Test
  void visitorEndsTheVisit() {
    assertThat(onLoop(() -> EntryVisit.forwards(context, page(2, 2), recorder("0.1")))).isFalse();
    assertThat(steps).containsExactly("0.0", "0.1");
    steps.clear();
    assertThat(onLoop(() -> EntryVisit.backwards(context, page(2, 2), recorder("1.")))).isFalse();
    assertThat(steps).containsExactly("1.1", "1.0", "1.");
  }

  @Test
  void faultOfTheVisitorFailsTheVisit() {
    assertThatThrownBy(
            () ->
                onLoop(
                    () ->
                        EntryVisit.forwards(
                            context,
                            page(1),
                            (index, item) -> {
                              throw new IllegalStateException("fault");
                            })))
        .hasStackTraceContaining("fault");
  }

  @Test
  void longVisitLetsOtherTasksRun() {
    AtomicInteger others = new AtomicInteger();
    List<HistoryEntry> entries = page(IntStream.range(0, 1000).map(i -> 1).toArray());
    onLoop(
        () -> {
          Future<Boolean> visit =
              EntryVisit.backwards(
                  context,
                  entries,
                  (index, item) -> {
                    LockSupport.parkNanos(100_000);
                    return true;
                  });
          count(others, visit);
          return visit;
        });
    assertThat(others.get()).isGreaterThan(5);
  }

  /** Counts the tasks of the event loop that run before the visit ends. */
  private void count(AtomicInteger tasks, Future<Boolean> visit) {
    context.runOnContext(
        now -> {
          if (!visit.isComplete()) {
            tasks.incrementAndGet();
            count(tasks, visit);
          }
        });
  }
}
