package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.net.BindException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import luna.sender.admission.Admission;
import luna.sender.config.Config;
import luna.sender.ops.Metrics;
import luna.sender.socket.Hub;
import luna.sender.socket.Upgrade;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's share of the port: its server, its router, its hub.
 *
 * <p>Errors: {@link #start} fails if the port can't be had.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ServerVerticle extends VerticleBase {
  private final Config config;
  private final Contract contract;
  private final Admission admission;
  private final Metrics metrics;
  private final Probes probes;
  private @Nullable HttpServer server;
  private @Nullable Hub hub;

  public ServerVerticle(
      Config config, Contract contract, Admission admission, Metrics metrics, Probes probes) {
    this.config = config;
    this.contract = contract;
    this.admission = admission;
    this.metrics = metrics;
    this.probes = probes;
  }

  @Override
  public Future<?> start() {
    Hub hub = new Hub(vertx, config, metrics);
    this.hub = hub;
    probes.watch(context);
    Deadlines deadlines = new Deadlines(vertx, config.http(), admission, metrics);
    Failures failures = new Failures(contract, metrics);
    Router router =
        new ContractRouter(vertx, config, contract, admission, metrics)
            .create(
                new WsHandler(new Upgrade(hub), admission, metrics), probes, failures, deadlines);
    HttpServer server = vertx.createHttpServer(options());
    this.server = server;
    return server
        .connectionHandler(deadlines::connected)
        .invalidRequestHandler(failures::invalid)
        .requestHandler(
            request -> {
              deadlines.requested(request.connection());
              router.handle(request);
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
    return new HttpServerOptions()
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
        .setTcpNoDelay(true);
  }
}
