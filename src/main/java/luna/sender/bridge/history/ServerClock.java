package luna.sender.bridge.history;

import java.util.concurrent.TimeUnit;

/**
 * Converts times of this process to times of the Redis server, which all recorders share.
 *
 * <p>How: Redis reads its clock between a request and its answer, so a conversion has an earliest
 * and a latest result.
 *
 * <p>Units: nanoseconds of {@link System#nanoTime}, and milliseconds since 1970.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class ServerClock {
  private long millis = System.currentTimeMillis();
  private long sentNanos = System.nanoTime();
  private long answeredNanos = sentNanos;

  /** Records the time that Redis returned. */
  void read(long millis, long sentNanos, long answeredNanos) {
    this.millis = millis;
    this.sentNanos = sentNanos;
    this.answeredNanos = answeredNanos;
  }

  long earliest(long nanos) {
    return millis - ceilMillis(answeredNanos - nanos);
  }

  long latest(long nanos) {
    return millis + 1 - Math.floorDiv(sentNanos - nanos, TimeUnit.MILLISECONDS.toNanos(1));
  }

  private static long ceilMillis(long nanos) {
    return -Math.floorDiv(-nanos, TimeUnit.MILLISECONDS.toNanos(1));
  }
}
