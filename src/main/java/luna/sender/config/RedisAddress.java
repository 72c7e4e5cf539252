package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;

/**
 * The Redis that events come from, and how its connections behave.
 *
 * <p>Owner: immutable.
 *
 * @param user empty = the default user
 * @param caFile PEM file of trusted authorities; empty = the JVM's trust store
 * @param channelPrefix what stands before {@code :{account_id}} in a channel's name
 * @param bridges subscriber connections, which share the accounts by hash
 * @param probeInterval between two signs of life that are asked of a connection
 * @param canaryInterval between two messages of our own through Redis; 0 = none
 * @param payloadLimitBytes the longest published message that is read
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record RedisAddress(
    String host,
    int port,
    int number,
    String user,
    Secret password,
    boolean useSsl,
    String caFile,
    boolean verifyHostname,
    String channelPrefix,
    int bridges,
    Duration connectTimeout,
    Duration commandTimeout,
    Duration probeInterval,
    Duration probeTimeout,
    Duration canaryInterval,
    Duration reconnectDelayMin,
    Duration reconnectDelayMax,
    int payloadLimitBytes,
    SentinelSettings sentinel) {
  public RedisAddress {
    Check.host("HOST", host);
    Check.port("PORT", port);
    Check.range("NUMBER", number, 0, Integer.MAX_VALUE);
    Check.notEmpty("CHANNEL_PREFIX", channelPrefix);
    Check.range("BRIDGES", bridges, 1, 64);
    Check.period("CONNECT_TIMEOUT", connectTimeout);
    Check.period("COMMAND_TIMEOUT", commandTimeout);
    Check.period("PROBE_INTERVAL", probeInterval);
    Check.period("PROBE_TIMEOUT", probeTimeout);
    Check.delay("CANARY_INTERVAL", canaryInterval);
    Check.period("RECONNECT_DELAY_MIN", reconnectDelayMin);
    Check.period("RECONNECT_DELAY_MAX", reconnectDelayMax);
    if (reconnectDelayMin.compareTo(reconnectDelayMax) > 0) {
      throw Check.bad(
          "RECONNECT_DELAY_MIN",
          Seconds.format(reconnectDelayMin),
          "at most RECONNECT_DELAY_MAX, " + Seconds.format(reconnectDelayMax));
    }
    Check.range("PAYLOAD_LIMIT_BYTES", payloadLimitBytes, 1, 1 << 29);
  }
}
