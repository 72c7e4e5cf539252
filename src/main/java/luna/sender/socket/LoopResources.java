package luna.sender.socket;

import java.util.concurrent.Executor;
import luna.sender.config.WsSettings;
import luna.sender.metrics.Metrics;

/**
 * What all sessions of one event loop share. Each session has one reference to it, so a new part
 * costs no memory per session.
 *
 * <p>Owner: its parts are confined to the event loop.
 *
 * @param batch the events that are being delivered
 * @param eviction frees memory when queues exceed a limit
 * @param nextTask runs a task on the event loop after the current one
 * @param registry removes sessions that end
 */
record LoopResources(
    WsSettings settings,
    Metrics metrics,
    HubFaults faults,
    FaultInjectionPoint injectionPoint,
    Framing framing,
    InboundLimits inbound,
    WriteBatch batch,
    Eviction eviction,
    Executor nextTask,
    Session.Registry registry) {}
