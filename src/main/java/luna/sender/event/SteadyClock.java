package luna.sender.event;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock for intervals: gaps, durations, deadlines.
 *
 * <p>How: each {@link DualTimestamp} has the current date of the wall clock. An interval keeps the
 * date of its start; its length is measured by the monotonic clock. If the wall clock is set, the
 * next interval uses the new date. If it is set back, an interval can begin before the end of an
 * earlier one.
 *
 * <p>Owner: thread-safe.
 */
public final class SteadyClock {
  private final InstantSource wall;

  /** Creates a clock that takes dates from {@code wall}. */
  public SteadyClock(InstantSource wall) {
    this.wall = wall;
  }

  /** Creates a clock that takes dates from the operating system. */
  public static SteadyClock system() {
    return new SteadyClock(InstantSource.system());
  }

  public DualTimestamp now() {
    return new DualTimestamp(wall.instant(), System.nanoTime());
  }

  /** Returns the past moment at which {@link System#nanoTime} returned {@code nanos}. */
  public DualTimestamp at(long nanos) {
    DualTimestamp now = now();
    return new DualTimestamp(now.time().minusNanos(Math.max(0, now.nanos() - nanos)), nanos);
  }

  /** Returns the moment that another clock recorded as {@code time}. */
  public DualTimestamp at(Instant time) {
    DualTimestamp now = now();
    return new DualTimestamp(time, now.nanos() - Duration.between(time, now.time()).toNanos());
  }
}
