package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import luna.sender.bridge.history.Takeover.Hole;
import org.jspecify.annotations.Nullable;

/**
 * The time of which a recorder has all events, and the time of which all recorders together have
 * appended them, {@code heard}.
 *
 * <p>How: there is a {@link Hole} if this recorder's time begins after {@code heard}. Two servers
 * can have different clocks, so {@code heard} is compared only if a leader has renewed it since
 * this recorder's subscription, that is, at the same server.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class Coverage {
  private final ServerClock clock;
  private final HeardPayloads payloads;

  private long sinceNanos;
  private @Nullable String heardAtStart;

  /** What this recorder has written last since {@link #sinceNanos}; empty if nothing. */
  private String written = "";

  /** The time before the last interruption. */
  private long previousSinceNanos;

  private long previousUntilNanos;
  private boolean interrupted;

  Coverage(ServerClock clock, HeardPayloads payloads) {
    this.clock = clock;
    this.payloads = payloads;
  }

  /** Records that all events arrive from now on. */
  void begin(long nanos) {
    sinceNanos = nanos;
    heardAtStart = null;
    written = "";
  }

  /** Records that all events until {@code nanos} have arrived, and later ones perhaps not. */
  void interrupted(long nanos) {
    previousSinceNanos = sinceNanos;
    previousUntilNanos = nanos;
    interrupted = true;
  }

  /** Records the value that Redis returned. */
  void heard(String heard) {
    if (heardAtStart == null) {
      heardAtStart = heard;
    }
  }

  /**
   * Returns the time until which this recorder has appended every event, for Redis.
   *
   * @param arrivedNanos the time until which all events have arrived
   */
  String appendedUntil(long arrivedNanos) {
    long until = Math.max(clock.earliest(arrivedNanos) - 1, clock.latest(sinceNanos));
    HeardPayload oldest = payloads.oldestWaiting();
    if (oldest != null) {
      until = Math.min(until, clock.earliest(oldest.nanos) - 1);
    }
    written = Long.toString(until);
    return written;
  }

  /** Returns the time from which this recorder has all events, for Redis. */
  String since() {
    String since = Long.toString(clock.latest(sinceNanos));
    // Redis keeps the first one. A later one can differ by some milliseconds, like the clocks.
    if ("".equals(heardAtStart) && written.isEmpty()) {
      written = since;
    }
    return since;
  }

  /** Returns the hole for a recorder that acquires the lease, or null if there is none. */
  @Nullable Hole hole(String heard) {
    if (heard.isEmpty() && !interrupted) {
      return null; // there has never been a recorder
    }
    long completeSince = payloads.completeSince(sinceNanos);
    long end = clock.latest(completeSince);
    if (heard.isEmpty()) { // Redis has lost its data
      return hole(clock.earliest(previousUntilNanos), end, completeSince);
    }
    long until = Long.parseLong(heard);
    if (!heard.equals(heardAtStart) && until >= end) {
      return null;
    }
    if (heard.equals(written) && completeSince == sinceNanos) {
      return null; // nobody else has led meanwhile
    }
    long start = until;
    if (interrupted && clock.latest(payloads.completeSince(previousSinceNanos)) <= until) {
      start = Math.max(start, clock.earliest(previousUntilNanos));
    }
    return hole(start, end, completeSince);
  }

  private static Hole hole(long start, long end, long endNanos) {
    String text = start + " " + Math.max(start, end);
    return new Hole(text.getBytes(US_ASCII), endNanos);
  }
}
