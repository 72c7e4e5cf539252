package luna.sender.socket;

import luna.sender.event.Event;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * How far the live events of an account have got on one hub. Without history it stays unknown.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class LivePosition {
  private @Nullable Position newest;

  /** Whether {@code newest} is the last event of its payload. */
  private boolean payloadEnded;

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

  void delivered(Event event) {
    if (event.position() != null) {
      newest = event.position();
      payloadEnded = event.endsPayload();
      delivered = true;
      gap = false;
    }
  }

  /** Records that events are missing before the next one. */
  void missed() {
    gap = true;
  }

  /** Returns where a client continues that has received all events so far. */
  @Nullable Position resume() {
    return payloadEnded && newest != null ? newest.end() : newest;
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
