package luna.sender.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import java.net.BindException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import luna.sender.admission.Admission;
import luna.sender.api.Contract;
import luna.sender.api.ContractRouter;
import luna.sender.api.ErrorHandler;
import luna.sender.api.EventsHandler;
import luna.sender.api.ProbeHandler;
import luna.sender.api.Streams;
import luna.sender.api.WsHandler;
import luna.sender.auth.KeySource;
import luna.sender.auth.OperatorTokens;
import luna.sender.config.Config;
import luna.sender.metrics.Metrics;
import luna.sender.pages.StaticPages;
import luna.sender.socket.Connections;
import luna.sender.socket.Hub;
import luna.sender.socket.ReplaySlots;
import luna.sender.socket.SessionOpener;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP on one event loop, with a server, a router and a hub of its own.
 *
 * <p>Errors: {@link #start} fails if the port is unavailable.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ServerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ServerVerticle.class);

  /** More streams of events than a page shows, and few enough to bound one connection's memory. */
  private static final int MAX_CONCURRENT_STREAMS = 256;

  /**
   * The number of streams that a client may reset within the time below: a page that opens all of
   * its streams may be reloaded a few times (CVE-2023-44487).
   */
  private static final int MAX_RESETS = 4 * MAX_CONCURRENT_STREAMS;

  private static final int RESET_WINDOW_SECONDS = 30;

  private final Config config;
  private final Contract contract;
  private final Admission admission;
  private final Metrics metrics;
  private final Traces traces;
  private final @Nullable TlsContext tls;
  private final @Nullable KeySource keys;
  private final Connections connections;
  private final @Nullable OperatorTokens operators;
  private final ProbeHandler probes;
  private final ReplaySlots replaySlots;
  private @Nullable HttpServer server;
  private @Nullable Hub hub;

  /**
   * The objects that the servers of all event loops share.
   *
   * @param tls null for a server without TLS
   * @param keys the token keys; null if tokens are not required
   * @param operators null without an operators' API
   */
  public record Shared(
      Config config,
      Contract contract,
      Admission admission,
      Metrics metrics,
      Traces traces,
      ProbeHandler probes,
      ReplaySlots replaySlots,
      @Nullable TlsContext tls,
      @Nullable KeySource keys,
      Connections connections,
      @Nullable OperatorTokens operators) {}

  public ServerVerticle(Shared shared) {
    this.config = shared.config;
    this.contract = shared.contract;
    this.admission = shared.admission;
    this.metrics = shared.metrics;
    this.traces = shared.traces;
    this.probes = shared.probes;
    this.replaySlots = shared.replaySlots;
    this.tls = shared.tls;
    this.keys = shared.keys;
    this.connections = shared.connections;
    this.operators = shared.operators;
  }

  @Override
  public Future<?> start() {
    Hub hub =
        new Hub(
            vertx, config, metrics, traces, admission::useFilterBytes, replaySlots, connections);
    this.hub = hub;
    ConnectionTimeouts deadlines = new ConnectionTimeouts(vertx, config.http(), admission, metrics);
    ErrorHandler failures = new ErrorHandler(metrics);
    SessionOpener opener = new SessionOpener(hub);
    Streams streams =
        new Streams(opener, contract.filters(), config, admission, metrics, connections);
    EventsHandler events =
        new EventsHandler(vertx, config, contract.filters(), admission, opener, streams);
    Router router =
        new ContractRouter(
                vertx,
                config,
                contract,
                admission,
                metrics,
                traces,
                keys,
                connections,
                operators,
                new StaticPages(contract, config))
            .create(streams, new WsHandler(streams), events, probes, failures, deadlines);
    HttpServer server = vertx.createHttpServer(options());
    this.server = server;
    return server
        .connectionHandler(deadlines::connected)
        .exceptionHandler(this::onConnectionError)
        .invalidRequestHandler(
            request -> {
              if (!streams.owns(request.connection())) {
                failures.invalid(request);
              }
            })
        .requestHandler(
            request -> {
              if (request.version() == HttpVersion.HTTP_2) {
                // Its queue is its own, and it has a time limit.
                router.handle(request);
              } else if (!streams.owns(request.connection())) {
                deadlines.restartIdleTime(request.connection());
                afterEarlierResponses(request, router);
              }
            })
        .listen()
        .recover(failure -> Future.failedFuture(listenError(failure)));
  }

  /**
   * Returns a readable error if the port is in use. The native transports throw exceptions of their
   * own, so check the message too.
   */
  private Throwable listenError(Throwable failure) {
    boolean inUse =
        failure instanceof BindException
            || String.valueOf(failure.getMessage()).contains("Address already in use");
    return inUse
        ? new IllegalStateException(
            "port "
                + config.http().port()
                + " is in use (expected: a free port; set LUNA_SENDER_HTTP_SETTINGS__PORT)",
            failure)
        : failure;
  }

  /**
   * Reads no further requests until earlier responses have been written. Otherwise a client that
   * sends many requests and reads no responses would fill the memory.
   */
  private static void afterEarlierResponses(HttpServerRequest request, Router router) {
    HttpServerResponse response = request.response();
    if (response.writeQueueFull()) {
      response.drainHandler(
          drained -> {
            response.drainHandler(null);
            router.handle(request);
          });
    } else {
      router.handle(request);
    }
  }

  /**
   * Handles a connection that failed before its first request, most often in the TLS handshake.
   * Port scanners cause many of them, so the log level is DEBUG.
   */
  private void onConnectionError(Throwable failure) {
    if (failure instanceof SSLException) {
      metrics.http().tlsFailure();
      LOG.atDebug().addKeyValue("cause", failure.getMessage()).log("TLS handshake failed");
    }
  }

  /**
   * Stops accepting connections and closes the clients with 1001. Clients that are still connected
   * after {@code SHUTDOWN_TIMEOUT} minus {@code SHUTDOWN_DELAY} are disconnected.
   */
  @Override
  public Future<?> stop() {
    if (server == null || hub == null) {
      return Future.succeededFuture();
    }
    Duration timeout = config.http().shutdownTimeout().minus(config.http().shutdownDelay());
    Future<Void> clients = hub.stop(timeout);
    return server.shutdown(timeout.toMillis(), TimeUnit.MILLISECONDS).compose(closed -> clients);
  }

  /** Returns the actual port, which differs from the configured one if that is 0. */
  public int port() {
    return server == null ? -1 : server.actualPort();
  }

  private HttpServerOptions options() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.http().host())
            // A negative port means any free port, but the same one for all event loops.
            .setPort(config.http().port() == 0 ? -1 : config.http().port())
            .setMaxInitialLineLength(config.http().requestLineLimitBytes())
            .setMaxHeaderSize(config.http().headersLimitBytes())
            // HTTP/2 upgrades would prevent WebSocket upgrades.
            .setHttp2ClearTextEnabled(false)
            // Vert.x does not handle the WebSocket here, so it must not negotiate compression.
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            // Everything runs on the event loop, so no queue is needed. This saves 4 kB per
            // connection.
            .setStrictThreadMode(true)
            .setTcpNoDelay(true)
            .setSslHandshakeTimeout(config.http().handshakeTimeout().toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return tls == null ? options : secure(options, tls);
  }

  private HttpServerOptions secure(HttpServerOptions options, TlsContext tls) {
    return tls.identity()
        .applyTo(options)
        .setSslEngineOptions(new TlsEngineOptions(tls))
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(MAX_CONCURRENT_STREAMS)
                .setMaxHeaderListSize(
                    config.http().requestLineLimitBytes() + config.http().headersLimitBytes()))
        .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
        .setHttp2RstFloodWindowDuration(RESET_WINDOW_SECONDS)
        .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
  }
}
