package luna.sender.event;

import java.time.Duration;
import java.time.Instant;

/**
 * A point in time on two clocks: the wall clock for its date, the monotonic clock for order and
 * durations.
 *
 * <p>Units: {@code nanos} as from {@link System#nanoTime}, comparable only within this process.
 *
 * <p>Why not an {@link Instant}: if the wall clock is set during an interval, the interval becomes
 * longer, shorter or negative.
 *
 * @param time the reading of the wall clock at this moment
 */
public record DualTimestamp(Instant time, long nanos) {
  public boolean isBefore(DualTimestamp other) {
    return nanos - other.nanos < 0;
  }

  public DualTimestamp orLater(DualTimestamp other) {
    return isBefore(other) ? other : this;
  }

  public DualTimestamp orEarlier(DualTimestamp other) {
    return other.isBefore(this) ? other : this;
  }

  /** Returns how much later {@code later} is, or zero if it is not later. */
  public Duration until(DualTimestamp later) {
    return Duration.ofNanos(Math.max(0, later.nanos - nanos));
  }

  /**
   * Returns the date of the end of an interval that begins here: this date plus the measured
   * duration. The length is right even if the wall clock was set meanwhile.
   */
  public Instant endAt(DualTimestamp later) {
    return time.plus(until(later));
  }
}
