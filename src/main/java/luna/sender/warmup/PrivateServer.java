package luna.sender.warmup;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import luna.sender.admission.Admission;
import luna.sender.api.Contract;
import luna.sender.api.ProbeHandler;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.IdentityCodec;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.Position;
import luna.sender.event.SubscriptionRequest;
import luna.sender.http.ServerVerticle;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.socket.Connections;
import luna.sender.socket.ReplaySlots;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * A server without TLS, tokens and Redis on the loopback interface, with everything else as the
 * node's own. It confirms every subscription, and publishes the payloads that it is given.
 *
 * <p>Owner: thread-safe.
 */
final class PrivateServer implements AutoCloseable {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);
  private static final Position HEAD = new Position("0", 1, 1, 0, Position.END);

  private final Vertx vertx;
  private final Metrics metrics;
  private final Context context;
  private final PayloadParser parser;
  private final ServerVerticle server;

  /** The position of all events; null without history. */
  private final @Nullable Position position;

  private PrivateServer(Config config, Contract contract, Metrics metrics, Vertx vertx) {
    this.vertx = vertx;
    this.metrics = metrics;
    this.context = vertx.getOrCreateContext();
    this.position = config.history().enabled() ? HEAD : null;
    this.parser =
        new PayloadParser(
            config.redis().payloadLimitBytes(),
            contract.filters().events(),
            config.ws().keptEvents() > 0);
    this.server =
        new ServerVerticle(
            new ServerVerticle.Shared(
                config,
                contract,
                new Admission(config.limits(), 0, metrics),
                metrics,
                new Traces(config.tracing(), "", metrics),
                new ProbeHandler(new Readiness(), metrics.liveness()),
                new ReplaySlots(config.history().replays(), metrics.replays()),
                null,
                null,
                new Connections(false, "", metrics.guard()),
                null));
  }

  /**
   * Starts a server.
   *
   * @param vertx creates a Vert.x with one event loop
   * @param limit how long the start may take
   */
  static PrivateServer start(
      Config config, Contract contract, Function<Metrics, Vertx> vertx, Duration limit)
      throws Exception {
    Config own = unseen(config);
    Metrics metrics = new Metrics(own.influx(), own.metrics());
    PrivateServer started;
    try {
      started = new PrivateServer(own, contract, metrics, vertx.apply(metrics));
    } catch (Throwable failure) {
      metrics.close();
      throw failure;
    }
    try {
      started
          .listen(own)
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return started;
    } catch (Throwable failure) {
      started.close();
      throw failure;
    }
  }

  /** Returns the configuration of a server that no other program notices. */
  private static Config unseen(Config config) {
    return new Config(
        config.http().onLoopback(Duration.ZERO),
        config.ws(),
        config.limits().unlimited(),
        config.logger(),
        config.redis(),
        config.history(),
        config.auth(),
        config.admin().off(),
        config.influx(),
        config.metrics(),
        config.tracing().off());
  }

  private Future<?> listen(Config config) {
    IdentityCodec.register(vertx);
    for (int bridge = 0; bridge < config.redis().bridges(); bridge++) {
      metrics
          .guard()
          .consumer(
              vertx,
              GuardedTask.SUBSCRIPTION_REQUEST,
              BusAddresses.subscriptionRequests(bridge),
              this::confirm);
    }
    return vertx.deployVerticle(server);
  }

  private void confirm(Message<SubscriptionRequest> request) {
    request.reply(request.body().subscribe() ? position : null, LOCAL);
  }

  int port() {
    return server.port();
  }

  Metrics metrics() {
    return metrics;
  }

  /** Publishes payloads of an account, as {@code bridge.RedisBridge} does. */
  void publish(String account, byte[] payload, int times) {
    context.runOnContext(
        now ->
            metrics
                .guard()
                .run(
                    GuardedTask.PAYLOAD,
                    () -> {
                      for (int i = 0; i < times; i++) {
                        publish(account, payload);
                      }
                    }));
  }

  private void publish(String account, byte[] payload) {
    try {
      PayloadParser.Parsed parsed =
          parser.parse(account, payload, System.nanoTime(), null, position);
      metrics.events().payload(parsed.events().size());
      metrics.accounts().events(account, parsed.events().size());
      for (Event event : parsed.events()) {
        vertx.eventBus().publish(BusAddresses.events(account), event, LOCAL);
      }
    } catch (MalformedPayloadException bug) {
      throw new IllegalStateException(bug);
    }
  }

  /** Stops the server. The caller does not wait for it. */
  @Override
  public void close() {
    vertx.close().onComplete(closed -> metrics.close());
  }
}
