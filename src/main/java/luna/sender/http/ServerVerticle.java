package luna.sender.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import java.net.BindException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import luna.sender.admission.Admission;
import luna.sender.api.Contract;
import luna.sender.api.ContractRouter;
import luna.sender.api.ErrorHandler;
import luna.sender.api.Probes;
import luna.sender.api.WsHandler;
import luna.sender.auth.KeySource;
import luna.sender.config.Config;
import luna.sender.metrics.Metrics;
import luna.sender.pages.StaticPages;
import luna.sender.socket.Hub;
import luna.sender.socket.Upgrade;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop's share of the port: its server, its router, its hub.
 *
 * <p>Errors: {@link #start} fails if the port can't be had.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ServerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ServerVerticle.class);

  private final Config config;
  private final Contract contract;
  private final Admission admission;
  private final Metrics metrics;
  private final Traces traces;
  private final @Nullable TlsIdentity identity;
  private final @Nullable KeySource keys;
  private final Probes probes;
  private @Nullable HttpServer server;
  private @Nullable Hub hub;

  /**
   * What the servers of all event loops have in common.
   *
   * @param identity null for a server without TLS
   * @param keys of tokens; null if none are asked for
   */
  public record Shared(
      Config config,
      Contract contract,
      Admission admission,
      Metrics metrics,
      Traces traces,
      Probes probes,
      @Nullable TlsIdentity identity,
      @Nullable KeySource keys) {}

  public ServerVerticle(Shared shared) {
    this.config = shared.config;
    this.contract = shared.contract;
    this.admission = shared.admission;
    this.metrics = shared.metrics;
    this.traces = shared.traces;
    this.probes = shared.probes;
    this.identity = shared.identity;
    this.keys = shared.keys;
  }

  @Override
  public Future<?> start() {
    Hub hub = new Hub(vertx, config, metrics, traces, admission::useFilterBytes);
    this.hub = hub;
    ConnectionTimeouts deadlines = new ConnectionTimeouts(vertx, config.http(), admission, metrics);
    ErrorHandler failures = new ErrorHandler(metrics);
    WsHandler ws = new WsHandler(new Upgrade(hub), config.ws(), admission, metrics);
    Router router =
        new ContractRouter(
                vertx,
                config,
                contract,
                admission,
                metrics,
                traces,
                keys,
                new StaticPages(contract, config))
            .create(ws, probes, failures, deadlines);
    HttpServer server = vertx.createHttpServer(options());
    this.server = server;
    return server
        .connectionHandler(deadlines::connected)
        .exceptionHandler(this::failed)
        .invalidRequestHandler(
            request -> {
              if (!ws.owns(request.connection())) {
                failures.invalid(request);
              }
            })
        .requestHandler(
            request -> {
              if (!ws.owns(request.connection())) {
                deadlines.requested(request.connection());
                afterEarlierAnswers(request, router);
              }
            })
        .listen()
        .recover(failure -> Future.failedFuture(notListening(failure)));
  }

  /** Says it in the user's words; the native transports have exceptions of their own. */
  private Throwable notListening(Throwable failure) {
    boolean taken =
        failure instanceof BindException
            || String.valueOf(failure.getMessage()).contains("Address already in use");
    return taken
        ? new IllegalStateException(
            "port "
                + config.http().port()
                + " is taken (expected: a free one; LUNA_SENDER_HTTP_SETTINGS__PORT chooses another)",
            failure)
        : failure;
  }

  /** A client that asks on and on and does not read would fill the memory with its answers. */
  private static void afterEarlierAnswers(HttpServerRequest request, Router router) {
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

  /** A connection has failed before it was one, most often by its TLS: scanners do that all day. */
  private void failed(Throwable failure) {
    if (failure instanceof SSLException) {
      metrics.tlsFailure();
      LOG.atDebug().addKeyValue("cause", failure.getMessage()).log("TLS handshake failed");
    }
  }

  /** Takes it into use for the connections to come, on all event loops: they share one acceptor. */
  public Future<Boolean> renew(ServerSSLOptions options) {
    return server == null
        ? Future.failedFuture(new IllegalStateException("server: none (expected: started)"))
        : server.updateSSLOptions(options);
  }

  /** Stops accepting, closes the clients with 1001, and waits for them at most the whole time. */
  /**
   * Stops accepting, closes the clients with 1001, and waits for them at most for what {@code
   * SHUTDOWN_DELAY} has left of the whole time.
   */
  @Override
  public Future<?> stop() {
    if (server == null || hub == null) {
      return Future.succeededFuture();
    }
    Duration bound = config.http().shutdownTimeout().minus(config.http().shutdownDelay());
    Future<Void> clients = hub.stop(bound);
    return server.shutdown(bound.toMillis(), TimeUnit.MILLISECONDS).compose(closed -> clients);
  }

  /** The port that was had, which matters when the configured one is 0. */
  public int port() {
    return server == null ? -1 : server.actualPort();
  }

  private HttpServerOptions options() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.http().host())
            // A negative port is any free one, but the same for all event loops.
            .setPort(config.http().port() == 0 ? -1 : config.http().port())
            .setMaxInitialLineLength(config.http().requestLineLimitBytes())
            .setMaxHeaderSize(config.http().headersLimitBytes())
            // An upgrade to HTTP/2 would take away the one to WebSocket.
            .setHttp2ClearTextEnabled(false)
            // Vert.x does not speak WebSocket here, and would agree to what nobody does then.
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            // All is done on the event loop; this spares each connection a queue of 4 kB.
            .setStrictThreadMode(true)
            .setTcpNoDelay(true)
            .setSslHandshakeTimeout(config.http().handshakeTimeout().toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return identity == null ? options : identity.applyTo(options);
  }
}
