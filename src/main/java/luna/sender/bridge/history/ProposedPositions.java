package luna.sender.bridge.history;

import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * Proposes the positions of the entries that a leader appends to one stream. So the leader knows
 * them even if the connection is lost before Redis answers.
 *
 * <p>How: while nobody else appends, the next entry has the next number. {@code append.lua} uses a
 * proposal only if it continues the stream, and returns the position that it has used. After a
 * different one, and in a new stream, the next call waits until all others are answered. Otherwise
 * it could have no proposal, and under load no later one either.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class ProposedPositions {
  /** The newest entry, including proposals; null if it is not known. */
  private @Nullable Position head;

  /** The number of calls without an answer. */
  private int unanswered;

  /** Records the newest entry of the stream; null if there is none. No call may be unanswered. */
  void start(@Nullable Position newest) {
    head = newest;
    unanswered = 0;
  }

  /** Forgets the stream, and ignores unanswered calls. */
  void forget() {
    start(null);
  }

  /** Returns the newest entry; null if it is not known. */
  @Nullable Position head() {
    return head;
  }

  /** Returns whether the next position is unknown until all calls are answered. */
  boolean awaitsAnswers() {
    return head == null && unanswered > 0;
  }

  /**
   * Returns the position to propose in the next call, or null to propose none.
   *
   * @param millis the time of the entry, by the clock of Redis
   */
  @Nullable Position next(long millis) {
    unanswered++;
    Position last = head;
    if (last == null) {
      return null;
    }
    head =
        millis > last.millis()
            ? new Position(last.epoch(), last.number() + 1, millis, 0, Position.END)
            : new Position(
                last.epoch(), last.number() + 1, last.millis(), last.sequence() + 1, Position.END);
    return head;
  }

  /**
   * Records the answer to the oldest unanswered call. Returns whether the entry has the proposed
   * position.
   */
  boolean answered(@Nullable String proposed, String position) {
    unanswered--;
    boolean same = position.equals(proposed);
    if (!same) {
      head = unanswered == 0 ? Position.parse(position) : null;
    }
    return same;
  }
}
