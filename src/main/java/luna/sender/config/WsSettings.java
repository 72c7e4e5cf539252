package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Settings of the WebSocket connections.
 *
 * @param queueLimitBytes maximum size of the queue of one client before it counts as slow
 * @param accountQueueLimitBytes memory for the queues of all clients of one account
 * @param queueMemoryPercent share of the direct memory for the queues of all clients
 * @param accountBacklogLimitBytes size of the events of one account that are queued before matching
 * @param slowPolicies policies that clients may request; the first one is the default
 * @param inboundMessageLimitBytes maximum size of a message from a client
 * @param inboundFramesPerSecond average rate of frames from a client; twice as many may arrive at
 *     once
 * @param subscriptionLinger how long an account stays subscribed after its last client has
 *     disconnected
 * @param closeTimeout time until the answer to a close frame must arrive
 * @param compressionLevel level of permessage-deflate for clients that offer it; 0 = no compression
 * @param statsInterval time between two messages with statistics of a client's filter; 0 = none
 * @param keptEvents number of recent events per account that are stored, so that they can be
 *     explained; 0 = none
 * @param keptEventsLimitBytes memory for the stored events of all accounts
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

  /**
   * What happens when a client reads more slowly than its events arrive. The first policy of {@code
   * SLOW_POLICIES} applies unless the client's URL selects another one by {@code slow}.
   *
   * <p>See: this is only the name of the policy. The decisions about slow clients:
   *
   * <ul>
   *   <li>{@code socket.OutboundQueue.trim}: drops the oldest events of a queue that exceeds {@code
   *       QUEUE_LIMIT_BYTES} (policy {@code drop_oldest}), or all queued events but the newest
   *       (policy {@code latest}).
   *   <li>{@code socket.BatchRecipient.flush}: closes with 4008 if an event does not fit into the
   *       queue (policy {@code close}).
   *   <li>{@code socket.Eviction} and {@code socket.OutboundQueue.evict}: drop events or close when
   *       the queues of the account or of the event loop exceed their memory (all policies).
   *   <li>{@code socket.Session.checkProgress}: disconnects a client that reads nothing for {@code
   *       PING_INTERVAL + PONG_TIMEOUT} (all policies).
   * </ul>
   */
  public enum SlowPolicy {
    /** The client is disconnected and may reconnect. */
    CLOSE,
    /** The oldest queued events are dropped. */
    DROP_OLDEST,
    /** Only the newest event is queued. */
    LATEST;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
