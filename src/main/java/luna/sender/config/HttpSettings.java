package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The HTTP server.
 *
 * <p>Owner: immutable.
 *
 * @param port 0 = any free port
 * @param eventLoops 0 = half of the processors
 * @param handshakeTimeout until a whole request has to be there
 * @param keepAliveTimeout until an idle HTTP connection is closed
 * @param checkOrigin whether pages of other sites are kept out
 * @param allowedOrigins of other sites that are let in, exact or as {@code https://*.domain}
 * @param console whether the live page at / is served
 * @param consoleAccount that the page opens with if its URL names none; empty = it asks
 * @param livenessTimeout until an event loop that owes deliveries and makes none has stalled
 * @param shutdownDelay from the moment when the node is not ready any more to the first close
 * @param shutdownSpread from the first close to the last
 * @param shutdownTimeout hard bound of a graceful stop, the two times above included
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record HttpSettings(
    String host,
    int port,
    int eventLoops,
    Transport transport,
    int requestLineLimitBytes,
    int headersLimitBytes,
    Duration handshakeTimeout,
    Duration keepAliveTimeout,
    Duration shutdownDelay,
    Duration shutdownSpread,
    Duration shutdownTimeout,
    Duration livenessTimeout,
    boolean checkOrigin,
    List<String> allowedOrigins,
    boolean console,
    String consoleAccount,
    TlsSettings tls) {
  public HttpSettings {
    Bounds.host("HOST", host);
    Bounds.range("PORT", port, 0, 65535);
    Bounds.range("EVENT_LOOPS", eventLoops, 0, 1024);
    Bounds.range("REQUEST_LINE_LIMIT_BYTES", requestLineLimitBytes, 256, 1 << 20);
    Bounds.range("HEADERS_LIMIT_BYTES", headersLimitBytes, 256, 1 << 20);
    Bounds.period("HANDSHAKE_TIMEOUT", handshakeTimeout);
    Bounds.period("KEEP_ALIVE_TIMEOUT", keepAliveTimeout);
    Bounds.delay("SHUTDOWN_DELAY", shutdownDelay);
    Bounds.delay("SHUTDOWN_SPREAD", shutdownSpread);
    Bounds.delay("SHUTDOWN_TIMEOUT", shutdownTimeout);
    Bounds.period("LIVENESS_TIMEOUT", livenessTimeout);
    allowedOrigins = List.copyOf(allowedOrigins);
    for (String origin : allowedOrigins) {
      Bounds.origin("ALLOWED_ORIGINS", origin);
    }
    Bounds.account("CONSOLE_ACCOUNT", consoleAccount);
    Duration planned = shutdownDelay.plus(shutdownSpread);
    Duration needed = planned.plus(LAST_CLOSE);
    if (!planned.isZero() && shutdownTimeout.compareTo(needed) < 0) {
      throw Bounds.bad(
          "SHUTDOWN_TIMEOUT",
          Seconds.format(shutdownTimeout),
          "at least SHUTDOWN_DELAY + SHUTDOWN_SPREAD + 1, " + Seconds.format(needed));
    }
  }

  /** Whether only this machine reaches the port. A name other than localhost is not looked up. */
  public boolean isLoopback() {
    return host.equalsIgnoreCase("localhost") || Network.isLoopback(host);
  }

  /** How many there are; half of the processors, for Redis and the kernel need theirs too. */
  public int eventLoopCount() {
    return eventLoops == 0
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2)
        : eventLoops;
  }

  /** What the last client that is closed needs at least, to read and to answer. */
  private static final Duration LAST_CLOSE = Duration.ofSeconds(1);

  /** How Netty talks to the sockets; {@code AUTO} takes epoll where the platform has it. */
  public enum Transport {
    AUTO,
    EPOLL,
    IO_URING,
    NIO;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
