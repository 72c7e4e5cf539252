package luna.sender.socket;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * Closes a hub's sessions with 1001, spread over a period. If all clients lost their node at once,
 * they would all connect to the next node at once.
 *
 * <p>How: in random order and evenly spread. A timer that is late closes all sessions that are due.
 * If the period is zero, all close immediately.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class GracefulClose {
  private static final Duration STEP = Duration.ofMillis(50);

  private final Vertx vertx;
  private final long spreadNanos;
  private List<Session> sessions = List.of();
  private long startNanos = System.nanoTime();
  private int closed;
  private long timer = -1;

  GracefulClose(Vertx vertx, Duration spread) {
    this.vertx = vertx;
    this.spreadNanos = spread.toNanos();
  }

  /**
   * @param open the sessions to close; the list is shuffled
   */
  void start(List<Session> open) {
    Collections.shuffle(open);
    sessions = open;
    startNanos = System.nanoTime();
    if (spreadNanos > 0) {
      timer = vertx.setPeriodic(STEP.toMillis(), step -> closeDue());
    }
    closeDue();
  }

  private void closeDue() {
    long elapsed = System.nanoTime() - startNanos;
    int due =
        elapsed >= spreadNanos
            ? sessions.size()
            : (int) ((double) sessions.size() * elapsed / spreadNanos);
    while (closed < due) {
      // A session whose close fails is aborted; the others are still closed.
      sessions.get(closed++).close(CloseReason.SHUTDOWN);
    }
    if (closed == sessions.size()) {
      cancel();
    }
  }

  /** Stops closing sessions. */
  void cancel() {
    vertx.cancelTimer(timer);
  }
}
