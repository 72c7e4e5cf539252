package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LivenessTest {
  /** Each loop counts as stalled immediately. */
  private static final Duration STALLED = Duration.ofNanos(-1);

  @Test
  void loopsThatStartConcurrentlyHaveDistinctNumbers() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      for (int round = 0; round < 10_000; round++) {
        Liveness liveness = new Liveness();
        AtomicInteger ready = new AtomicInteger();
        Future<?> watched = other.submit(() -> watch(liveness, ready));
        watch(liveness, ready);
        watched.get();
        assertThat(liveness.faults())
            .containsExactlyInAnyOrder(
                "event loop 1: has run no task for 0 s", "event loop 2: has run no task for 0 s");
      }
    } finally {
      other.shutdownNow();
    }
  }

  /** Both threads call at the same moment, without the delay of waking one. */
  private static void watch(Liveness liveness, AtomicInteger ready) {
    ready.incrementAndGet();
    while (ready.get() < 2) {
      Thread.onSpinWait();
    }
    liveness.watch(STALLED);
  }
}
