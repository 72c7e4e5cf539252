package luna.sender.event;

import java.time.InstantSource;

/**
 * The clock for everything that has a length: gaps, durations, deadlines.
 *
 * <p>Shape: each {@link Moment} is dated by the wall clock as it is set at that time. An interval
 * keeps the date of its beginning and the length that the monotonic clock measured; the next one
 * follows a wall clock that was set meanwhile. So an interval can begin before the end of an
 * earlier one, when the wall clock was set back between them.
 *
 * <p>Owner: thread-safe.
 */
public final class SteadyClock {
  private final InstantSource wall;

  /** A clock that dates its moments by {@code wall}. */
  public SteadyClock(InstantSource wall) {
    this.wall = wall;
  }

  /** A clock that dates its moments by the clock of the operating system. */
  public static SteadyClock system() {
    return new SteadyClock(InstantSource.system());
  }

  public Moment now() {
    return new Moment(wall.instant(), System.nanoTime());
  }

  /** The moment at which {@link System#nanoTime} returned this, in the past. */
  public Moment at(long nanos) {
    Moment now = now();
    return new Moment(now.time().minusNanos(Math.max(0, now.nanos() - nanos)), nanos);
  }
}
