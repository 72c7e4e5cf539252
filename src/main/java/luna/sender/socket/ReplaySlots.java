package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import luna.sender.metrics.ReplayMetrics;

/**
 * Limits the replays of this process that run at the same time. Further ones wait, in order.
 *
 * <p>Errors: {@link #acquire} fails with {@link HistoryUnavailable} if too many wait.
 *
 * <p>Owner: thread-safe; a future completes on the context that called {@link #acquire}.
 */
public final class ReplaySlots {
  /** The number of waiting handshakes for each slot: with the default, 4,096 in total. */
  private static final int WAITING_PER_SLOT = 64;

  private final int limit;
  private final ReplayMetrics metrics;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private int running;

  private record Waiting(Context context, Promise<Void> promise) {}

  /**
   * @param limit the number of replays at the same time
   */
  public ReplaySlots(int limit, ReplayMetrics metrics) {
    this.limit = limit;
    this.metrics = metrics;
  }

  /** Succeeds when a slot is free. The caller must {@link #release} it once. */
  Future<Void> acquire(Vertx vertx) {
    return acquire(vertx, WAITING_PER_SLOT * limit);
  }

  /** As {@link #acquire(Vertx)}, for a session that is open already: it is never rejected. */
  Future<Void> acquireAgain(Vertx vertx) {
    return acquire(vertx, Integer.MAX_VALUE);
  }

  private synchronized Future<Void> acquire(Vertx vertx, int waitingLimit) {
    if (running < limit) {
      running++;
      metrics.running(1);
      return Future.succeededFuture();
    }
    if (waiting.size() >= waitingLimit) {
      metrics.rejected();
      return Future.failedFuture(
          new HistoryUnavailable("Too many clients wait for the history", true));
    }
    Waiting last = new Waiting(vertx.getOrCreateContext(), Promise.promise());
    waiting.add(last);
    metrics.waiting(1);
    return last.promise.future();
  }

  /** Returns a slot, which passes to the replay that has waited longest. */
  void release() {
    Waiting next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        running--;
        metrics.running(-1);
        return;
      }
      metrics.waiting(-1);
    }
    next.context.runOnContext(now -> next.promise.complete());
  }
}
