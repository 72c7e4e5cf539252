package luna.sender.event;

import java.time.Duration;
import java.util.List;

/**
 * A part of an account's history.
 *
 * @param entries in order. Without a gap in between: each has the number after the previous one
 * @param start the position after which the page begins. It is the requested one, unless that is
 *     {@code EXPIRED} or {@code PARTIAL}. Of an empty page it is the position to continue from
 * @param head the newest position of the account when the page was read
 * @param more whether further entries follow in the direction of the request
 * @param outcome whether the page begins where the request says
 * @param missing the number of missing payloads if the outcome is {@code PARTIAL}, or {@link
 *     Gap#UNKNOWN}
 */
public record HistoryPage(
    List<HistoryEntry> entries,
    Position start,
    Position head,
    boolean more,
    Outcome outcome,
    long missing) {

  /**
   * How long after a failover of Redis a reader waits for entries that the new master lacks. The
   * recorder restores them under their positions.
   */
  public static final Duration RESTORE_LIMIT = Duration.ofSeconds(5);

  /** How long a reader waits before it reads a page again. */
  public static final Duration RESTORE_RETRY = Duration.ofMillis(250);

  /**
   * Returns whether the requested entry may be restored: it is newer than the newest one of the
   * same epoch.
   */
  public boolean mayBeRestored(Position requested) {
    return outcome == Outcome.EXPIRED
        && head.epoch().equals(requested.epoch())
        && head.number() < requested.number();
  }

  /** Whether the history has everything after the requested position. */
  public enum Outcome {
    /** Nothing is missing. */
    COMPLETE,
    /** Some payloads after the position are no longer in the history. */
    PARTIAL,
    /** The position is unknown, so nothing is known about what is missing. */
    EXPIRED
  }
}
