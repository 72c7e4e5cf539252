package luna.sender.cli.bench;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import luna.sender.cli.client.TlsTrust;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a run.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the command-line option.
 *
 * @param url URL without a query: of the WebSocket, or of the Server-Sent Events
 * @param trust how the certificate of the server is verified
 * @param streamsPerConnection Server-Sent Events on each HTTP/2 connection; 0 = HTTP/1.1
 * @param redis connection string of the Redis to publish to
 * @param channelPrefix the part of a channel's name before {@code :{account}}
 * @param filters queries that the connections use in turn; empty = no filter
 * @param eventsPerSecond rate over all accounts; empty = saturate
 * @param window events of an account in flight, if saturating
 * @param warmUp time at the beginning that is verified, but not measured
 * @param duration time that is measured
 * @param eventBytes size of an event's JSON
 * @param connectRate handshakes per second
 * @param storm the reconnect storm at the end of the warm-up; null = none
 */
public record BenchPlan(
    URI url,
    TlsTrust trust,
    int streamsPerConnection,
    String redis,
    String channelPrefix,
    int connections,
    int accounts,
    List<String> filters,
    OptionalDouble eventsPerSecond,
    int window,
    Duration warmUp,
    Duration duration,
    int eventBytes,
    int eventsPerMessage,
    int connectRate,
    @Nullable StormPlan storm) {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int MAX_STREAMS = 10_000;
  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int MAX_EVENT_BYTES = 1 << 18;
  private static final int MAX_MESSAGE_BYTES = 1 << 24;
  private static final int MAX_EVENTS_PER_MESSAGE = 1000;
  private static final int MAX_WINDOW = 1 << 16;
  private static final int MAX_CONNECT_RATE = 100_000;
  private static final double MAX_RATE = 1_000_000;
  private static final Duration MAX_TIME = Duration.ofDays(7);

  public BenchPlan {
    if (!List.of("ws", "wss", "http", "https").contains(url.getScheme())
        || url.getHost() == null
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw bad("url", url, "ws, wss, http or https, a host and a path, without a query");
    }
    if (!trust.equals(TlsTrust.OF_JVM) && !isEncrypted(url)) {
      throw bad(trust.insecure() ? "insecure" : "ca-file", url, "only with a wss or https URL");
    }
    range("http2-streams", streamsPerConnection, 0, MAX_STREAMS);
    if (streamsPerConnection > 0 && !url.getScheme().equals("https")) {
      throw bad("http2-streams", streamsPerConnection, "only together with an https URL");
    }
    if (!redis.matches("(redis|rediss|unix)://.+")) {
      throw bad("redis", "a connection string", "redis://, rediss:// or unix:// at the start");
    }
    if (channelPrefix.isEmpty()) {
      throw bad("channel-prefix", "nothing", "the part of a channel name before the colon");
    }
    range("connections", connections, 1, MAX_CONNECTIONS);
    range("accounts", accounts, 1, Math.min(connections, EventIds.MAX_ACCOUNTS));
    filters = List.copyOf(filters);
    filters.forEach(new FilterQuery()::parse);
    if (eventsPerSecond.isPresent()
        && !(eventsPerSecond.getAsDouble() > 0 && eventsPerSecond.getAsDouble() <= MAX_RATE)) {
      throw bad("rate", eventsPerSecond.getAsDouble(), "above 0, at most 1000000");
    }
    range("event-bytes", eventBytes, EventTemplates.MIN_EVENT_BYTES, MAX_EVENT_BYTES);
    range(
        "events-per-message",
        eventsPerMessage,
        1,
        Math.min(MAX_EVENTS_PER_MESSAGE, MAX_MESSAGE_BYTES / eventBytes));
    range("window", window, eventsPerMessage, MAX_WINDOW);
    range("ramp or --connect-rate", connectRate, 1, MAX_CONNECT_RATE);
    if (storm != null && eventsPerSecond.isEmpty()) {
      throw bad("storm", "with --saturate", "only with a --rate");
    }
    if (storm != null && streamsPerConnection > 0) {
      throw bad("storm", "with --http2-streams", "a connection for each client");
    }
    if (warmUp.isNegative() || warmUp.compareTo(MAX_TIME) > 0) {
      throw bad("warm-up", warmUp, "0s to 7 days");
    }
    if (duration.isNegative() || duration.isZero() || duration.compareTo(MAX_TIME) > 0) {
      throw bad("duration", duration, "more than 0s, at most 7 days");
    }
  }

  /** Returns whether the clients receive Server-Sent Events, instead of opening WebSockets. */
  boolean isSse() {
    return url.getScheme().startsWith("http");
  }

  boolean isEncrypted() {
    return isEncrypted(url);
  }

  private static boolean isEncrypted(URI url) {
    return List.of("wss", "https").contains(url.getScheme());
  }

  int port() {
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return isEncrypted() ? HTTPS_PORT : HTTP_PORT;
  }

  /** Returns the path and the query of a client. */
  String uri(String query) {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    return query.isEmpty() ? path : path + "?" + query;
  }

  private static void range(String name, int value, int from, int to) {
    if (value < from || value > to) {
      throw bad(name, value, from + " to " + to);
    }
  }

  private static IllegalArgumentException bad(String option, Object value, String expected) {
    return new IllegalArgumentException(
        "--" + option + ": " + value + " (expected: " + expected + ")");
  }
}
