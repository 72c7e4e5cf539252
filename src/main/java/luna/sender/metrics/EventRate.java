package luna.sender.metrics;

import java.time.Duration;

/**
 * How fast a counter grows, from regular samples of it, so that counting costs nothing more.
 *
 * <p>Units: per second, since the sample before the last one; until there are two, since the start,
 * but at least {@link #SHORTEST}.
 *
 * <p>Owner: thread-safe.
 */
final class EventRate {
  /** A counter of a few milliseconds' age would otherwise seem to grow very fast. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private long lastNanos;
  private long lastCount;
  private long previousNanos;
  private long previousCount;

  /** Begins with a counter of 0. */
  EventRate(long nanos) {
    lastNanos = nanos;
    previousNanos = nanos;
  }

  synchronized void sample(long nanos, long count) {
    previousNanos = lastNanos;
    previousCount = lastCount;
    lastNanos = nanos;
    lastCount = count;
  }

  /**
   * @param nanos the present time
   * @param count the present count
   */
  synchronized double perSecond(long nanos, long count) {
    long elapsed = Math.max(nanos - previousNanos, SHORTEST.toNanos());
    return (count - previousCount) * 1e9 / elapsed;
  }
}
