package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;

/**
 * The WebSocket connections.
 *
 * <p>Owner: immutable.
 *
 * @param queueLimitBytes what may wait for one client before it is closed as slow
 * @param inboundMessageLimitBytes the longest message that a client may send
 * @param inboundFramesPerSecond that a client may send for long; twice as many at once
 * @param subscriptionLinger how long an account stays subscribed after its last client left
 * @param closeTimeout how long the answer to our close frame is awaited
 * @param compressionLevel of permessage-deflate, for clients that offer it; 0 for none
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record WsSettings(
    Duration pingInterval,
    Duration pongTimeout,
    int queueLimitBytes,
    int inboundMessageLimitBytes,
    int inboundFramesPerSecond,
    Duration subscriptionLinger,
    Duration closeTimeout,
    int compressionLevel) {
  public WsSettings {
    Check.period("PING_INTERVAL", pingInterval);
    Check.period("PONG_TIMEOUT", pongTimeout);
    Check.range("QUEUE_LIMIT_BYTES", queueLimitBytes, 1, 1 << 30);
    Check.range("INBOUND_MESSAGE_LIMIT_BYTES", inboundMessageLimitBytes, 1, 1 << 24);
    Check.range("INBOUND_FRAMES_PER_SECOND", inboundFramesPerSecond, 1, 1_000_000);
    Check.delay("SUBSCRIPTION_LINGER", subscriptionLinger);
    Check.delay("CLOSE_TIMEOUT", closeTimeout);
    Check.range("COMPRESSION_LEVEL", compressionLevel, 0, 9);
  }
}
