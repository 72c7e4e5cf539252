package luna.sender.socket;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits how fast a stopping hub delivers its queued events: as fast as its clients read, so a
 * client that keeps up is not closed as slow.
 *
 * <p>How: a turn delivers at most half of a client's queue limit, or one larger event. The next
 * turn starts when each client has room for that. Clients that have read nothing for {@link #STALL}
 * are ignored.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class ShutdownPacer {
  private static final Duration STALL = Duration.ofMillis(500);

  private final SessionList sessions;
  private final long queueLimitBytes;
  private final Map<Session, Behind> behind = new HashMap<>();

  /** A client with much to read, and since when it has read nothing. */
  private record Behind(long bytes, long sinceNanos) {}

  /**
   * @param queueLimitBytes the limit of a client's queue
   */
  ShutdownPacer(SessionList sessions, long queueLimitBytes) {
    this.sessions = sessions;
    this.queueLimitBytes = queueLimitBytes;
  }

  /**
   * Returns how many bytes a turn may add to a client's queue, given the size of its first event.
   */
  long turnLimitBytes(long firstBytes) {
    return Math.max(queueLimitBytes / 2, firstBytes);
  }

  /** Returns whether a turn that starts with an event of this size may start. */
  boolean allowsTurn(long firstBytes) {
    long roomBytes = Math.max(0, queueLimitBytes - turnLimitBytes(firstBytes));
    long now = System.nanoTime();
    boolean allowed = true;
    for (Session session : sessions.copy()) {
      allowed &= !mustWaitFor(session, roomBytes, now);
    }
    return allowed;
  }

  private boolean mustWaitFor(Session session, long roomBytes, long now) {
    long bytes = session.isOpen() ? session.queuedBytes() : 0;
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
