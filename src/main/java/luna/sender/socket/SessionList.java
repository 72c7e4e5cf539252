package luna.sender.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * All sessions of a hub, in an order in which a round through them can be made piece by piece: with
 * 10,000 of them, pings that leave all at once would hold up the events behind them by 10 ms.
 *
 * <p>Shape: a session knows its place. A round goes from the last place to the first, and the last
 * session takes the place of one that leaves: so none is left out of a round, and one may come
 * twice.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SessionList {
  private final List<Session> sessions = new ArrayList<>();

  /** Of the round that is going on: the places below are still to come. */
  private int next;

  void add(Session session) {
    sessions.add(session);
    session.rosterPlace = sessions.size() - 1;
  }

  /** Takes a session out, if it is there. */
  void remove(Session session) {
    int place = session.rosterPlace;
    if (place < 0) {
      return;
    }
    session.rosterPlace = -1;
    Session last = sessions.remove(sessions.size() - 1);
    if (last != session) {
      sessions.set(place, last);
      last.rosterPlace = place;
    }
  }

  boolean isEmpty() {
    return sessions.isEmpty();
  }

  /** Each of those that are there now, which may come and go meanwhile. */
  void forEach(Consumer<Session> action) {
    List.copyOf(sessions).forEach(action);
  }

  /** Those that are there now. */
  List<Session> copy() {
    return new ArrayList<>(sessions);
  }

  /**
   * Goes on with the round, or begins the next one.
   *
   * @param parts how many calls make a round
   * @param action must not take a session out; if it throws, the round goes on behind that session
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
