package luna.sender.metrics;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sums one account's delivery times since the last {@link #take}.
 *
 * <p>Invariant: no delivery is lost or counted twice. If a delivery ends during a {@link #take},
 * its time may be in this sum and its count in the next, never the other way round.
 *
 * <p>Units: nanoseconds.
 *
 * <p>Owner: thread-safe.
 */
final class DeliveryTimes {
  private final LongAdder nanos = new LongAdder();
  private final LongAccumulator longest = new LongAccumulator(Long::max, 0);
  private final LongAdder count = new LongAdder();

  /** The times of at least one delivery. */
  record Sum(long count, long nanos, long longestNanos) {
    long meanNanos() {
      return nanos / count;
    }
  }

  void add(int deliveries, long sumNanos, long longestNanos) {
    nanos.add(sumNanos);
    longest.accumulate(longestNanos);
    // The count is last: a reader that sees it also sees the times.
    count.add(deliveries);
  }

  /** Returns and resets the sum; null if there was no delivery. */
  synchronized @Nullable Sum take() {
    long deliveries = count.sumThenReset();
    return deliveries == 0
        ? null
        : new Sum(deliveries, nanos.sumThenReset(), longest.getThenReset());
  }
}
