package luna.sender.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * All sessions of a hub, with an iteration that is split into parts. If the pings of 10,000
 * sessions were sent at once, they would delay the events behind them by 10 ms.
 *
 * <p>How: each session stores its own index. An iteration runs from the last index to the first,
 * and the last session takes the index of a removed one. So no iteration skips a session; it may
 * visit one twice.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SessionList {
  private final List<Session> sessions = new ArrayList<>();

  /** The position of the current iteration: the indexes below are still to be visited. */
  private int next;

  void add(Session session) {
    sessions.add(session);
    session.listIndex = sessions.size() - 1;
  }

  /** Removes a session, if it is in the list. */
  void remove(Session session) {
    int place = session.listIndex;
    if (place < 0) {
      return;
    }
    session.listIndex = -1;
    Session last = sessions.remove(sessions.size() - 1);
    if (last != session) {
      sessions.set(place, last);
      last.listIndex = place;
    }
  }

  boolean isEmpty() {
    return sessions.isEmpty();
  }

  /** Calls the action for a snapshot of the sessions; the list may change meanwhile. */
  void forEach(Consumer<Session> action) {
    List.copyOf(sessions).forEach(action);
  }

  /** Returns a snapshot of the sessions. */
  List<Session> copy() {
    return new ArrayList<>(sessions);
  }

  /**
   * Visits the next part of the sessions; starts over after the last part.
   *
   * @param parts the number of calls for a whole iteration
   * @param action must not remove a session; if it throws, the next call continues after that
   *     session
   */
  void advance(int parts, Consumer<Session> action) {
    int part = (sessions.size() + parts - 1) / parts;
    next = Math.min(next, sessions.size());
    if (next == 0) {
      next = sessions.size();
    }
    int end = Math.max(0, next - part);
    while (next > end) {
      action.accept(sessions.get(--next));
    }
  }
}
