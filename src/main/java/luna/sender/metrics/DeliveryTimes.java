package luna.sender.metrics;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How long one account's deliveries took since the last look.
 *
 * <p>Shape: nothing is lost between looks, and nothing is seen twice. A delivery that ends during a
 * look may have its time in this one and its count in the next, never the other way round.
 *
 * <p>Units: nanoseconds.
 *
 * <p>Owner: thread-safe.
 */
final class DeliveryTimes {
  private final LongAdder nanos = new LongAdder();
  private final LongAccumulator longest = new LongAccumulator(Long::max, 0);
  private final LongAdder count = new LongAdder();

  /** Some deliveries of which there was one at least. */
  record Sum(long count, long nanos, long longestNanos) {
    long meanNanos() {
      return nanos / count;
    }
  }

  void add(int deliveries, long sumNanos, long longestNanos) {
    nanos.add(sumNanos);
    longest.accumulate(longestNanos);
    // The last: who sees the count has the times too.
    count.add(deliveries);
  }

  /** What came since the last look; null for nothing. */
  synchronized @Nullable Sum take() {
    long deliveries = count.sumThenReset();
    return deliveries == 0
        ? null
        : new Sum(deliveries, nanos.sumThenReset(), longest.getThenReset());
  }
}
