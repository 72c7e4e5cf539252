package luna.sender.socket;

import java.util.ArrayDeque;
import java.util.Deque;
import luna.sender.event.Event;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The seam between the replayed and the live events of one session. It decides, by positions only,
 * when the session can join the live events.
 *
 * <p>How: while the history is read, the live events are recorded. Whatever the record lacks is
 * read from the history again: {@link #anchor} is the live position after which the record has
 * every event. The session may go on with the record when its cursor has reached the anchor.
 *
 * <p>Invariant: the events that are taken continue at the cursor, without a gap and without a
 * repetition.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Seam {
  /** What the session does at the end of the history. */
  enum Next {
    /** Read the history after the cursor. */
    READ,
    /** {@link #take} recorded events. */
    TAKE,
    /** Wait for a live event: those up to the cursor may still come, and must be dropped. */
    AWAIT,
    /** Join the live events. */
    JOIN
  }

  private final int limitEvents;
  private final long limitBytes;
  private final Deque<Event> recorded = new ArrayDeque<>();
  private long recordedBytes;

  /** The number of recorded events that are older than the latest read. */
  private int beforeRead;

  private Position cursor;

  /** The newest event up to the cursor; the cursor itself if that is unknown. */
  private Position newestEvent;

  private @Nullable Position anchor;

  /** Whether the history must be read again, because live events were missed. */
  private boolean missed;

  /**
   * Begins to record.
   *
   * @param cursor the session has every event up to here
   * @param live the position after which every live event will be recorded, or null
   */
  Seam(Position cursor, @Nullable Position live, int limitEvents, long limitBytes) {
    this.cursor = cursor;
    this.newestEvent = cursor;
    this.anchor = live;
    this.missed = live == null || !isSameEpoch(live);
    this.limitEvents = limitEvents;
    this.limitBytes = limitBytes;
  }

  Position cursor() {
    return cursor;
  }

  /** Records that the history after the cursor is requested. */
  void requested() {
    beforeRead = recorded.size();
    missed = false;
  }

  /** Moves the cursor to an event from the history. */
  void reached(Position event) {
    cursor = event;
    newestEvent = event;
  }

  /** Moves the cursor to a position, up to which the history has no further event. */
  void skippedTo(Position position) {
    cursor = position;
  }

  /** Moves the cursor over events that are missing. */
  void jumpedTo(Position position) {
    cursor = position;
    newestEvent = position;
  }

  /** Records a live event. */
  void live(Event event) {
    Position position = event.position();
    if (position == null) {
      gap();
    } else if (recorded.size() >= limitEvents || recordedBytes + event.textBytes() > limitBytes) {
      clear();
      anchor = position;
    } else {
      recorded.add(event);
      recordedBytes += event.textBytes();
    }
  }

  /** Records that live events are missing. */
  void gap() {
    clear();
    anchor = null;
  }

  private void clear() {
    recorded.clear();
    recordedBytes = 0;
    beforeRead = 0;
    missed = true;
  }

  /** Returns the oldest recorded event, or null. */
  @Nullable Event peek() {
    return recorded.peek();
  }

  /**
   * Returns how to continue when the history has been read to its end.
   *
   * @param live the account's live events
   */
  Next next(LivePosition live) {
    dropCovered();
    Event first = recorded.peek();
    if (first != null) {
      return continues(position(first)) ? Next.TAKE : Next.READ;
    }
    Position reached = anchor;
    if (missed || (reached != null && isSameEpoch(reached) && reached.compareTo(cursor) > 0)) {
      return Next.READ;
    }
    boolean isComplete = reached != null && isSameEpoch(reached);
    return isComplete && live.hasPassed(newestEvent) ? Next.JOIN : Next.AWAIT;
  }

  /**
   * Returns whether the recorded and the live events have everything after the cursor, so that the
   * history need not be read to its end.
   */
  boolean isCovered(LivePosition live) {
    return switch (next(live)) {
      case TAKE, JOIN -> true;
      case AWAIT -> anchor != null && isSameEpoch(anchor);
      case READ -> false;
    };
  }

  /** Returns the next recorded event, and moves the cursor to it. */
  Event take() {
    Event first = remove();
    reached(position(first));
    return first;
  }

  /**
   * Drops recorded events that the session already has, and those of an earlier epoch: the history
   * was in the cursor's epoch when it was read, after they were recorded.
   */
  private void dropCovered() {
    Event first = recorded.peek();
    while (first != null
        && (isSameEpoch(position(first))
            ? position(first).compareTo(cursor) <= 0
            : beforeRead > 0)) {
      remove();
      first = recorded.peek();
    }
  }

  private Event remove() {
    Event first = recorded.remove();
    recordedBytes -= first.textBytes();
    beforeRead = Math.max(0, beforeRead - 1);
    anchor = position(first);
    return first;
  }

  /** Returns whether no event lies between the cursor and this one. */
  private boolean continues(Position event) {
    if (!isSameEpoch(event)) {
      return false;
    }
    Position reached = anchor;
    return (reached != null && isSameEpoch(reached) && reached.compareTo(cursor) <= 0)
        || (event.number() == cursor.number() + 1 && event.index() == 0 && isAtEnd());
  }

  private boolean isAtEnd() {
    return cursor.index() == Position.END;
  }

  private boolean isSameEpoch(Position other) {
    return other.epoch().equals(cursor.epoch());
  }

  private static Position position(Event event) {
    Position position = event.position();
    if (position == null) {
      throw new IllegalStateException("position: none (expected: one, as in every recorded event)");
    }
    return position;
  }
}
