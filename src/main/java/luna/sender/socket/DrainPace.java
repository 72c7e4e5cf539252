package luna.sender.socket;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How fast a stopping hub hands out what waits for its turn: as fast as its clients read, so that
 * one that keeps up is not closed as slow.
 *
 * <p>Shape: waits until each client has room for another turn's events, which are half of its queue
 * or one larger event. A client that has taken nothing for {@link #STALL} does not read, and is not
 * waited for.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class DrainPace {
  private static final Duration STALL = Duration.ofMillis(500);

  private final SessionList sessions;
  private final long queueLimitBytes;
  private final Map<Session, Behind> behind = new HashMap<>();

  /** A client with much to read, and since when it has taken none of it. */
  private record Behind(long bytes, long sinceNanos) {}

  /**
   * @param queueLimitBytes what may wait for a client
   */
  DrainPace(SessionList sessions, long queueLimitBytes) {
    this.sessions = sessions;
    this.queueLimitBytes = queueLimitBytes;
  }

  /** What a turn may add to a client's queue, if this is its first event. */
  long turnLimitBytes(long firstBytes) {
    return Math.max(queueLimitBytes / 2, firstBytes);
  }

  /** Whether a turn that begins with an event of that size may begin. */
  boolean isClear(long firstBytes) {
    long roomBytes = Math.max(0, queueLimitBytes - turnLimitBytes(firstBytes));
    long now = System.nanoTime();
    boolean clear = true;
    for (Session session : sessions.copy()) {
      clear &= !isAwaited(session, roomBytes, now);
    }
    return clear;
  }

  private boolean isAwaited(Session session, long roomBytes, long now) {
    long bytes = session.isOpen() ? session.waitingBytes() : 0;
    if (bytes <= roomBytes) {
      behind.remove(session);
      return false;
    }
    Behind before = behind.get(session);
    long since = before == null || bytes < before.bytes ? now : before.sinceNanos;
    behind.put(session, new Behind(bytes, since));
    return now - since < STALL.toNanos();
  }
}
