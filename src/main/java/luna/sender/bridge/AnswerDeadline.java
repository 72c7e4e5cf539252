package luna.sender.bridge;

import java.time.Duration;

/**
 * Detects that a peer has not answered a probe in time. Other data is no proof that the probe
 * arrived, because one direction of a connection can be dead while the other works.
 *
 * <p>How: the answer is due after the timeout. It may be later, up to {@value #BUSY_FACTOR} times
 * the timeout, while data arrives without a pause, because the answer is then queued behind the
 * data.
 *
 * <p>See: {@link RedisLink#tick} calls {@link #isMissed} periodically and reconnects; {@link
 * MasterHandover}, through {@link HelloProbe}, ends the handover.
 *
 * <p>Units: nanoseconds of {@link System#nanoTime}.
 *
 * <p>Owner: confined to one event loop.
 */
final class AnswerDeadline {
  static final int BUSY_FACTOR = 3;

  /** The lower bound of {@link #pauseNanos}. */
  private static final long PAUSE_MIN_NANOS = Duration.ofMillis(100).toNanos();

  private final long timeoutNanos;

  /**
   * Without data for this long, no data is assumed to be queued in the connection: a quarter of the
   * timeout, because a lost packet delays all data by 200 ms or more.
   */
  private final long pauseNanos;

  private boolean pending;
  private long askedNanos;
  private long heardNanos;
  private boolean overdue;

  AnswerDeadline(Duration timeout) {
    timeoutNanos = timeout.toNanos();
    pauseNanos = Math.max(PAUSE_MIN_NANOS, timeoutNanos / 4);
  }

  /** Returns the interval at which {@link #isMissed} must be called. */
  Duration period() {
    return Duration.ofNanos(Math.max(1_000_000, Math.min(PAUSE_MIN_NANOS, timeoutNanos / 4)));
  }

  boolean isPending() {
    return pending;
  }

  void asked(long now) {
    if (!pending) {
      pending = true;
      askedNanos = now;
      overdue = false;
    }
  }

  void answered() {
    pending = false;
  }

  /** Returns whether data arrives without a pause. */
  boolean isBusy(long now) {
    return now - heardNanos < pauseNanos;
  }

  /** Records that data arrived. */
  void heard(long now) {
    heardNanos = now;
  }

  /**
   * Returns whether the deadline is missed. This needs two calls, between which the event loop
   * reads from the socket: after a pause of the process, the answer may already be there.
   */
  boolean isMissed(long now) {
    if (!pending) {
      return false;
    }
    long waited = now - askedNanos;
    boolean busy = isBusy(now) && waited < BUSY_FACTOR * timeoutNanos;
    boolean before = overdue;
    overdue = waited >= timeoutNanos && !busy;
    return before && overdue;
  }
}
