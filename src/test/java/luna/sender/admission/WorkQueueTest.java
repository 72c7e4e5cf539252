package luna.sender.admission;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests which task runs next, and which is dropped. */
final class WorkQueueTest {
  private static final int ROOM = 4;

  private final Vertx vertx = Vertx.vertx();
  private final Config config = ConfigLoader.load(null, Map.of());
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());
  private final WorkQueue queue =
      new WorkQueue(vertx, new Admission(config.limits(), 0, metrics), Limit.TOKEN_CHECKS, 1, ROOM);
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch busy = new CountDownLatch(1);

  @AfterEach
  void stop() {
    busy.countDown();
    await(vertx.close());
    metrics.close();
  }

  @Test
  void ownersTakeTurnsNewestTaskFirst() {
    Future<?> first = occupy();
    List<Future<?>> all = new ArrayList<>();
    for (String task : List.of("a1", "a2", "a3", "b1")) {
      all.add(submit(task));
    }
    busy.countDown();
    await(first);
    all.forEach(Waiting::await);
    assertThat(done).containsExactly("a3", "b1", "a2", "a1");
  }

  @Test
  void fullQueueDropsTheOldestTaskOfTheLargestOwner() {
    occupy();
    List<Future<?>> all = new ArrayList<>();
    for (String task : List.of("a1", "a2", "a3", "b1", "c1")) {
      all.add(submit(task));
    }
    assertThatThrownBy(() -> await(all.get(0)))
        .isInstanceOfSatisfying(
            LimitExceeded.class,
            refused -> assertThat(refused.limit()).isEqualTo(Limit.TOKEN_CHECKS));
    busy.countDown();
    all.subList(1, all.size()).forEach(Waiting::await);
    assertThat(done).containsExactly("a3", "b1", "c1", "a2");
  }

  @Test
  void failedTaskDoesNotAffectTheNext() {
    Future<Object> failed =
        queue.submit(
            "a",
            () -> {
              throw new IllegalStateException("of the task");
            });
    assertThatThrownBy(() -> await(failed)).hasMessage("of the task");
    await(submit("b1"));
    assertThat(done).containsExactly("b1");
  }

  /** Blocks the only thread, so that further tasks wait. */
  private Future<?> occupy() {
    CountDownLatch begun = new CountDownLatch(1);
    Future<?> first =
        queue.submit(
            "first",
            () -> {
              begun.countDown();
              busy.await();
              return "";
            });
    try {
      begun.await();
    } catch (InterruptedException end) {
      throw new AssertionError(end);
    }
    return first;
  }

  /** A task whose owner is its first letter. */
  private Future<?> submit(String task) {
    return queue.submit(task.substring(0, 1), () -> done.add(task));
  }
}
