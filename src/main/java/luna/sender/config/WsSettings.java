package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The WebSocket connections.
 *
 * <p>Owner: immutable.
 *
 * @param queueLimitBytes what may wait for one client before it counts as slow
 * @param accountQueueLimitBytes memory for what waits for all clients of one account
 * @param queueMemoryPercent of the direct memory, for what waits for all clients
 * @param accountBacklogLimitBytes events of one account that wait to be matched
 * @param slowPolicies what slow clients may ask for; the first is the default
 * @param inboundMessageLimitBytes the longest message that a client may send
 * @param inboundFramesPerSecond that a client may send for long; twice as many at once
 * @param subscriptionLinger how long an account stays subscribed after its last client left
 * @param closeTimeout how long the answer to our close frame is awaited
 * @param compressionLevel of permessage-deflate, for clients that offer it; 0 for none
 * @param statsInterval between two messages with what a client's filter has done; 0 for none
 * @param keptEvents how many events of an account can still be explained; 0 for none
 * @param keptEventsLimitBytes memory for those of all accounts
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record WsSettings(
    Duration pingInterval,
    Duration pongTimeout,
    int queueLimitBytes,
    int accountQueueLimitBytes,
    int queueMemoryPercent,
    int accountBacklogLimitBytes,
    List<SlowPolicy> slowPolicies,
    int inboundMessageLimitBytes,
    int inboundFramesPerSecond,
    Duration subscriptionLinger,
    Duration closeTimeout,
    int compressionLevel,
    Duration statsInterval,
    int keptEvents,
    int keptEventsLimitBytes) {
  public WsSettings {
    Bounds.period("PING_INTERVAL", pingInterval);
    Bounds.period("PONG_TIMEOUT", pongTimeout);
    Bounds.range("QUEUE_LIMIT_BYTES", queueLimitBytes, 1, 1 << 30);
    Bounds.range("ACCOUNT_QUEUE_LIMIT_BYTES", accountQueueLimitBytes, 1, Integer.MAX_VALUE);
    Bounds.range("QUEUE_MEMORY_PERCENT", queueMemoryPercent, 1, 90);
    Bounds.range("ACCOUNT_BACKLOG_LIMIT_BYTES", accountBacklogLimitBytes, 1, Integer.MAX_VALUE);
    slowPolicies = List.copyOf(slowPolicies);
    if (slowPolicies.isEmpty()) {
      throw Bounds.bad("SLOW_POLICIES", "[]", "at least one of close, drop_oldest, latest");
    }
    Bounds.range("INBOUND_MESSAGE_LIMIT_BYTES", inboundMessageLimitBytes, 1, 1 << 24);
    Bounds.range("INBOUND_FRAMES_PER_SECOND", inboundFramesPerSecond, 1, 1_000_000);
    Bounds.delay("SUBSCRIPTION_LINGER", subscriptionLinger);
    Bounds.delay("CLOSE_TIMEOUT", closeTimeout);
    Bounds.range("COMPRESSION_LEVEL", compressionLevel, 0, 9);
    Bounds.delay("STATS_INTERVAL", statsInterval);
    Bounds.range("KEPT_EVENTS", keptEvents, 0, 100_000);
    Bounds.range("KEPT_EVENTS_LIMIT_BYTES", keptEventsLimitBytes, 1, Integer.MAX_VALUE);
  }

  /** What happens when a client reads slower than its events come. */
  public enum SlowPolicy {
    /** It is closed, and may come back. */
    CLOSE,
    /** What has waited longest for it is dropped. */
    DROP_OLDEST,
    /** Only the newest event waits for it. */
    LATEST;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
