package luna.sender.event;

import java.time.Duration;
import java.time.Instant;

/**
 * A point in time by two clocks: the wall clock dates it, the monotonic clock orders and measures.
 *
 * <p>Units: {@code nanos} as from {@link System#nanoTime}, comparable only within this process.
 *
 * <p>Owner: immutable.
 *
 * <p>Why not an {@link Instant}: a wall clock that is set during an interval would make the
 * interval longer, shorter, or negative.
 *
 * @param time when it was, as the wall clock showed it then
 */
public record Moment(Instant time, long nanos) {
  public boolean isBefore(Moment other) {
    return nanos - other.nanos < 0;
  }

  public Moment orLater(Moment other) {
    return isBefore(other) ? other : this;
  }

  public Moment orEarlier(Moment other) {
    return other.isBefore(this) ? other : this;
  }

  /** How much later the other one is; zero if it is not later. */
  public Duration until(Moment later) {
    return Duration.ofNanos(Math.max(0, later.nanos - nanos));
  }

  /**
   * The end of an interval that begins here, dated by the clock of its beginning: whatever was done
   * to the wall clock since, the end is not before the beginning and the length is right.
   */
  public Instant endAt(Moment later) {
    return time.plus(until(later));
  }
}
