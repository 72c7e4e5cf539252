package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Settings of the HTTP server.
 *
 * @param port 0 = any free port
 * @param eventLoops 0 = half of the processors
 * @param handshakeTimeout time until a complete request must have arrived
 * @param keepAliveTimeout time until an idle HTTP connection is closed
 * @param checkOrigin whether web pages of other origins are rejected
 * @param allowedOrigins other origins that are allowed, exact or as {@code https://*.domain}
 * @param console whether the live console at / is served
 * @param consoleAccount the account that the console opens with if its URL names none; empty = the
 *     console asks for one
 * @param consolePublish whether the console and its users may publish test events
 * @param sampleUrl where browsers load the picture of a sample, with {@code {sample_id}} in it;
 *     empty = the console shows no pictures
 * @param contractOverlays files that change the contract, in this order
 * @param livenessTimeout time without a delivery until an event loop with pending deliveries counts
 *     as stalled
 * @param warmUp limit of the warm-up before the service listens; 0 = none. Only {@code run} warms
 *     up.
 * @param shutdownDelay time from "not ready" to the first close
 * @param shutdownSpread time from the first close to the last
 * @param shutdownTimeout limit of a graceful stop, including the two times above
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
    Duration warmUp,
    boolean checkOrigin,
    List<String> allowedOrigins,
    boolean console,
    String consoleAccount,
    boolean consolePublish,
    String sampleUrl,
    List<String> contractOverlays,
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
    Bounds.delay("WARM_UP", warmUp);
    allowedOrigins = List.copyOf(allowedOrigins);
    for (String origin : allowedOrigins) {
      Bounds.origin("ALLOWED_ORIGINS", origin);
    }
    Bounds.account("CONSOLE_ACCOUNT", consoleAccount);
    Bounds.sampleUrl("SAMPLE_URL", sampleUrl);
    contractOverlays = List.copyOf(contractOverlays);
    for (String file : contractOverlays) {
      Bounds.notEmpty("CONTRACT_OVERLAYS", file);
    }
    Duration planned = shutdownDelay.plus(shutdownSpread);
    Duration needed = planned.plus(LAST_CLOSE);
    if (!planned.isZero() && shutdownTimeout.compareTo(needed) < 0) {
      throw Bounds.bad(
          "SHUTDOWN_TIMEOUT",
          Seconds.format(shutdownTimeout),
          "at least SHUTDOWN_DELAY + SHUTDOWN_SPREAD + 1, " + Seconds.format(needed));
    }
  }

  /** Returns whether only this machine can connect. Names other than localhost are not resolved. */
  public boolean isLoopback() {
    return host.equalsIgnoreCase("localhost") || Network.isLoopback(host);
  }

  /**
   * Returns the number of event loops. The default is half of the processors, because Redis and the
   * kernel need some too.
   */
  public int eventLoopCount() {
    return eventLoops == 0
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2)
        : eventLoops;
  }

  /**
   * Returns the same settings for one event loop on any free port of the loopback interface, with
   * another {@code WARM_UP}.
   */
  public HttpSettings onLoopback(Duration warmUp) {
    return new HttpSettings(
        "127.0.0.1",
        0,
        1,
        transport,
        requestLineLimitBytes,
        headersLimitBytes,
        handshakeTimeout,
        keepAliveTimeout,
        Duration.ZERO,
        Duration.ZERO,
        shutdownTimeout,
        livenessTimeout,
        warmUp,
        checkOrigin,
        allowedOrigins,
        console,
        consoleAccount,
        consolePublish,
        sampleUrl,
        contractOverlays,
        tls);
  }

  /** The minimum time for the last closed client to read the close frame and to answer. */
  private static final Duration LAST_CLOSE = Duration.ofSeconds(1);

  /** The transport of Netty. {@code AUTO} selects epoll if the platform supports it. */
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
