package luna.sender.socket;

import io.vertx.core.Vertx;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.EventMetrics;
import luna.sender.metrics.ReplayMetrics;

/**
 * What all replays of one event loop share.
 *
 * <p>Owner: its parts are confined to the event loop, except the slots.
 *
 * @param slots shared by all event loops
 * @param registry adds sessions that have caught up
 * @param loop runs a task after the event loop has served its sockets
 */
record ReplayContext(
    Vertx vertx,
    HistoryReads reads,
    ReplaySlots slots,
    SessionRegistry registry,
    NextIteration loop,
    WriteBatch batch,
    ReplayMetrics metrics,
    EventMetrics events,
    SteadyClock clock) {}
