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
 * @param turns runs the turns of all replays, and handshakes
 */
record ReplayContext(
    Vertx vertx,
    HistoryReads reads,
    ReplaySlots slots,
    SessionRegistry registry,
    LimitedTurns turns,
    WriteBatch batch,
    ReplayMetrics metrics,
    EventMetrics events,
    SteadyClock clock) {}
