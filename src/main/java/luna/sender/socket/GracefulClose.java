package luna.sender.socket;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * Closes a hub's sessions with 1001, one after the other over a time: clients that all lose their
 * node at once all come to the next one at once.
 *
 * <p>Shape: in random order, evenly; a timer that comes late makes up for it. At once for no time.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class GracefulClose {
  private static final Duration STEP = Duration.ofMillis(50);

  private final Vertx vertx;
  private final long spreadNanos;
  private List<Session> sessions = List.of();
  private long startNanos = System.nanoTime();
  private int gone;
  private long timer = -1;

  GracefulClose(Vertx vertx, Duration spread) {
    this.vertx = vertx;
    this.spreadNanos = spread.toNanos();
  }

  /**
   * @param leaving will be put into another order
   */
  void begin(List<Session> leaving) {
    Collections.shuffle(leaving);
    sessions = leaving;
    startNanos = System.nanoTime();
    if (spreadNanos > 0) {
      timer = vertx.setPeriodic(STEP.toMillis(), step -> goOn());
    }
    goOn();
  }

  private void goOn() {
    long elapsed = System.nanoTime() - startNanos;
    int due =
        elapsed >= spreadNanos
            ? sessions.size()
            : (int) ((double) sessions.size() * elapsed / spreadNanos);
    while (gone < due) {
      // Whose close fails is cut, and the others are closed all the same.
      sessions.get(gone++).close(CloseReason.SHUTDOWN);
    }
    if (gone == sessions.size()) {
      end();
    }
  }

  /** Closes no more of them. */
  void end() {
    vertx.cancelTimer(timer);
  }
}
