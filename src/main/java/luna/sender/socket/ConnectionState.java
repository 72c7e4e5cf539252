package luna.sender.socket;

import java.time.Duration;
import luna.sender.config.WsSettings.SlowPolicy;

/**
 * What operators see of a client at one moment.
 *
 * @param replays whether it is receiving events of the history
 * @param queuedBytes frames in this process that the socket has not accepted
 * @param lag for how long the oldest of these frames has been queued; zero if there is none
 */
public record ConnectionState(
    ClientInfo client,
    String account,
    String requestId,
    SlowPolicy slow,
    boolean replays,
    long queuedBytes,
    int queuedFrames,
    long delivered,
    long dropped,
    Duration lag) {}
