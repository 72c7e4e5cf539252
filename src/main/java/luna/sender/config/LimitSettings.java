package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * Limits on connections, handshakes and filters. Requests that exceed them are rejected before the
 * upgrade.
 *
 * <p>See: {@link luna.sender.config} has the recipe "To add a key". {@code admission.Admission}
 * enforces the limits. {@link WsSettings} has the limits of queues and of what a client sends.
 *
 * <p>Shape: 0 means no limit, unless a parameter below says otherwise. {@code handshakesBurst} must
 * be positive.
 *
 * @param connections WebSockets of this process; 0 = as many as its open-file limit allows
 * @param httpConnections connections without a WebSocket or a stream of events
 * @param statsPerAccount WebSockets of one account that receive statistics
 * @param handshakesPerSecond average rate of one address
 * @param handshakesBurst burst of one address
 * @param filterValuesPerConnection values in all lists of one filter
 * @param filterBytesPerAccount memory for the filters of one account; 0 = half of the memory for
 *     all filters
 * @param filterMemoryPercent share of the heap for the filters of all accounts
 * @param trustedProxies addresses, or address/bits, of proxies whose {@code proxyHeader} is trusted
 * @param dryRun whether exceeded limits are only counted and logged, not enforced
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record LimitSettings(
    int connections,
    int httpConnections,
    int connectionsPerAccount,
    int connectionsPerAddress,
    int statsPerAccount,
    int handshakesPerSecond,
    int handshakesBurst,
    int filterValuesPerConnection,
    int filterBytesPerAccount,
    int filterMemoryPercent,
    List<String> trustedProxies,
    ProxyHeader proxyHeader,
    boolean dryRun) {
  private static final int MAX = 10_000_000;

  public LimitSettings {
    Bounds.range("CONNECTIONS", connections, 0, MAX);
    Bounds.range("HTTP_CONNECTIONS", httpConnections, 0, MAX);
    Bounds.range("CONNECTIONS_PER_ACCOUNT", connectionsPerAccount, 0, MAX);
    Bounds.range("CONNECTIONS_PER_ADDRESS", connectionsPerAddress, 0, MAX);
    Bounds.range("STATS_PER_ACCOUNT", statsPerAccount, 0, MAX);
    Bounds.range("HANDSHAKES_PER_SECOND", handshakesPerSecond, 0, 1_000_000);
    Bounds.range("HANDSHAKES_BURST", handshakesBurst, 1, 1_000_000);
    Bounds.range("FILTER_VALUES_PER_CONNECTION", filterValuesPerConnection, 0, MAX);
    Bounds.range("FILTER_BYTES_PER_ACCOUNT", filterBytesPerAccount, 0, Integer.MAX_VALUE);
    Bounds.range("FILTER_MEMORY_PERCENT", filterMemoryPercent, 1, 50);
    trustedProxies = List.copyOf(trustedProxies);
    for (String proxy : trustedProxies) {
      Bounds.network("TRUSTED_PROXIES", proxy);
    }
  }

  /** Returns settings without limits, except that of the memory of filters. */
  public LimitSettings unlimited() {
    return new LimitSettings(
        0, 0, 0, 0, 0, 0, 1, 0, 0, filterMemoryPercent, trustedProxies, proxyHeader, false);
  }

  /** Returns whether any limit depends on the address of a client. */
  public boolean usesAddresses() {
    return connectionsPerAddress > 0 || handshakesPerSecond > 0;
  }

  /** The header in which a proxy names the client. */
  public enum ProxyHeader {
    X_FORWARDED_FOR("X-Forwarded-For"),
    /** RFC 7239. */
    FORWARDED("Forwarded");

    private final String text;

    ProxyHeader(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
