package luna.sender.cli.tail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link Tail}.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the option.
 *
 * @param account empty = the only account that the token grants
 * @param queries filters as a URL query
 * @param operands filters as {@code name=value}, see {@link FilterOptions}
 * @param quiet whether to omit messages such as connected, lost, next attempt
 * @param limit number of events after which it ends; 0 = no limit
 * @param time time from the first connection to the end; null = no end
 * @param start where to start in the history
 * @param pingInterval time between two pings; three without a pong end the connection
 * @param caFile PEM file; null = the JVM's trust store
 * @param certFile PEM file, needs {@code keyFile}; null = none
 */
public record TailSettings(
    String url,
    String account,
    List<String> queries,
    List<String> operands,
    boolean json,
    boolean gaps,
    boolean stats,
    boolean quiet,
    long limit,
    @Nullable Duration time,
    Resume.Start start,
    boolean reconnect,
    Duration pingInterval,
    boolean insecure,
    @Nullable String caFile,
    @Nullable String certFile,
    @Nullable String keyFile) {
  public TailSettings {
    queries = List.copyOf(queries);
    operands = List.copyOf(operands);
    if (limit < 0) {
      throw new IllegalArgumentException("--limit: " + limit + " (expected: 1 or more)");
    }
    if (pingInterval.isZero()) {
      throw new IllegalArgumentException("--ping-interval: 0 (expected: 1ms or more)");
    }
    if (insecure && caFile != null) {
      throw new IllegalArgumentException(
          "--insecure: with --ca-file (expected: only one of the two)");
    }
    if ((certFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException(
          (certFile == null ? "--cert-file" : "--key-file")
              + ": nothing (expected: a file, because a certificate and its key go together)");
    }
    Endpoint.parse(url);
    operands.forEach(FilterOptions::operand);
  }

  Endpoint endpoint() {
    return Endpoint.parse(url);
  }

  /**
   * Returns path and query of a handshake.
   *
   * @param history the parts of the query that select the start in the history
   */
  String uri(List<String> history) {
    Endpoint endpoint = endpoint();
    StringBuilder uri = new StringBuilder(endpoint.path());
    String query = FilterOptions.query(endpoint, queries, operands);
    String sign = "?";
    List<String> parts = new ArrayList<>();
    parts.add(query);
    parts.add(gaps ? "gaps=1" : "");
    parts.add(stats ? "stats=1" : "");
    parts.addAll(history);
    for (String part : parts) {
      if (!part.isEmpty()) {
        uri.append(sign).append(part);
        sign = "&";
      }
    }
    return uri.toString();
  }
}
