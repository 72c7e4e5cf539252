package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * How many may come in, and how fast; what is over it is refused before the upgrade.
 *
 * <p>Units: 0 = no limit.
 *
 * <p>Owner: immutable.
 *
 * @param connections WebSockets of this process; 0 = as many as its open files allow
 * @param httpConnections connections that are no WebSocket
 * @param statsPerAccount WebSockets of one account that ask for statistics
 * @param handshakesPerSecond of one address, on average
 * @param handshakesBurst of one address, at once
 * @param filterValuesPerConnection texts in all lists of one filter
 * @param filterBytesPerAccount memory for the filters of one account; 0 = half of the node's
 * @param filterMemoryPercent of the heap, for the filters of all accounts
 * @param trustedProxies each an address, or address/bits, whose {@code proxyHeader} is believed
 * @param dryRun what is over a limit is counted and logged, and let in
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
  private static final int MOST = 10_000_000;

  public LimitSettings {
    Bounds.range("CONNECTIONS", connections, 0, MOST);
    Bounds.range("HTTP_CONNECTIONS", httpConnections, 0, MOST);
    Bounds.range("CONNECTIONS_PER_ACCOUNT", connectionsPerAccount, 0, MOST);
    Bounds.range("CONNECTIONS_PER_ADDRESS", connectionsPerAddress, 0, MOST);
    Bounds.range("STATS_PER_ACCOUNT", statsPerAccount, 0, MOST);
    Bounds.range("HANDSHAKES_PER_SECOND", handshakesPerSecond, 0, 1_000_000);
    Bounds.range("HANDSHAKES_BURST", handshakesBurst, 1, 1_000_000);
    Bounds.range("FILTER_VALUES_PER_CONNECTION", filterValuesPerConnection, 0, MOST);
    Bounds.range("FILTER_BYTES_PER_ACCOUNT", filterBytesPerAccount, 0, Integer.MAX_VALUE);
    Bounds.range("FILTER_MEMORY_PERCENT", filterMemoryPercent, 1, 50);
    trustedProxies = List.copyOf(trustedProxies);
    for (String proxy : trustedProxies) {
      Bounds.network("TRUSTED_PROXIES", proxy);
    }
  }

  /** Whether anything depends on the address of a client. */
  public boolean looksAtAddresses() {
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
