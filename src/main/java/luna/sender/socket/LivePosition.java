package luna.sender.socket;

import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * How far the live events of an account have got on one hub. Without history it stays unknown.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class LivePosition {
  private @Nullable Position newest;

  /** Whether {@code newest} is the position of an event that was delivered on this hub. */
  private boolean delivered;

  /** Whether events may be missing after {@code newest}. */
  private boolean gap;

  /** Sets the newest position of the history when the account was subscribed. */
  void subscribed(Position head) {
    if (newest == null) {
      newest = head;
    }
  }

  void delivered(@Nullable Position event) {
    if (event != null) {
      newest = event;
      delivered = true;
      gap = false;
    }
  }

  /** Records that events are missing before the next one. */
  void missed() {
    gap = true;
  }

  /** Returns the position up to which the sessions of the account have received its events. */
  @Nullable Position newest() {
    return newest;
  }

  /** Returns the position after which no event is missing, or null if it is unknown. */
  @Nullable Position complete() {
    return gap ? null : newest;
  }

  /** Returns whether no event up to this position can follow. */
  boolean hasPassed(Position position) {
    Position reached = newest;
    return delivered
        && reached != null
        && reached.epoch().equals(position.epoch())
        && reached.compareTo(position) >= 0;
  }
}
