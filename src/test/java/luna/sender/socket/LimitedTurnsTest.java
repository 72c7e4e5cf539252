package luna.sender.socket;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.onEventLoop;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LimitedTurnsTest {
  private static final int TASKS = 50;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  /** The tasks that have run, and the iteration of the event loop of each of them. */
  private final List<Integer> order = Collections.synchronizedList(new ArrayList<>());

  private final List<Integer> iterations = Collections.synchronizedList(new ArrayList<>());
  private final List<Throwable> faults = Collections.synchronizedList(new ArrayList<>());
  private int iteration;
  private LimitedTurns turns;
  private NextIteration loop;

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @BeforeEach
  void create() {
    loop = await(onEventLoop(context, () -> Future.succeededFuture(new NextIteration(vertx))));
    turns = new LimitedTurns(loop);
    onLoop(this::count);
  }

  private void onLoop(Runnable task) {
    context.runOnContext(now -> task.run());
  }

  /** Submits all tasks in one task of the event loop. */
  private void forEachTask(IntConsumer submit) {
    onLoop(() -> IntStream.range(0, TASKS).forEach(submit));
  }

  private void count() {
    iteration++;
    loop.execute(this::count, faults::add);
  }

  private void spin(int number) {
    order.add(number);
    iterations.add(iteration);
    long began = System.nanoTime();
    while (System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(1)) {
      Thread.onSpinWait();
    }
  }

  private void assertLimitedAndInOrder() {
    until("all have run", () -> order.size() == TASKS);
    assertThat(order).containsExactlyElementsOf(IntStream.range(0, TASKS).boxed().toList());
    // Two at once, and two that have waited.
    for (int first : iterations) {
      assertThat(Collections.frequency(iterations, first)).isLessThanOrEqualTo(4);
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void tasksThatArriveTogetherAreSpreadOverIterations() {
    forEachTask(number -> turns.executeSoon(() -> spin(number), faults::add));
    assertLimitedAndInOrder();
  }

  @Test
  void taskOfAHandshakeRunsAfterTheTurnsThatWait() {
    forEachTask(
        number -> {
          if (number % 2 == 0) {
            turns.execute(() -> spin(number), faults::add);
          } else {
            turns.executeSoon(() -> spin(number), faults::add);
          }
        });
    assertLimitedAndInOrder();
  }

  @Test
  void taskRunsAtOnceIfNoneWaits() {
    onLoop(
        () -> {
          turns.executeSoon(() -> order.add(1), faults::add);
          order.add(2);
        });
    until("both have run", () -> order.size() == 2);
    assertThat(order).containsExactly(1, 2);
  }

  @Test
  void faultOfATaskThatWaitedIsReported() {
    onLoop(
        () -> {
          turns.execute(() -> order.add(1), faults::add);
          turns.executeSoon(
              () -> {
                throw new IllegalStateException("fault");
              },
              faults::add);
          turns.executeSoon(() -> order.add(2), faults::add);
        });
    until("both have run", () -> order.size() == 2);
    assertThat(faults).extracting(Throwable::getMessage).containsExactly("fault");
  }
}
