package luna.sender;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.transport.Transport;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.api.BuildVersion;
import luna.sender.bridge.NodeChannel;
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.HttpSettings;
import luna.sender.event.IdentityCodec;
import luna.sender.event.SteadyClock;
import luna.sender.http.ServerVerticle;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running instance of the service: Vert.x, the Redis bridges, and one HTTP server per event loop.
 *
 * <p>Errors: {@link #start} fails if the port is unavailable, a native transport is missing, or a
 * TLS file is invalid. It succeeds even if Redis is unavailable.
 *
 * <p>See: {@link Startup} starts the parts; {@link #stop} describes the order of a shutdown.
 *
 * <p>Owner: thread-safe.
 */
public final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
  private static final Duration TRACES_FLUSH_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

  private final Config config;
  private final Vertx vertx;
  private final Metrics metrics;
  private final Traces traces;
  private final Readiness readiness;
  private final List<ServerVerticle> servers;
  private final @Nullable NodeChannel nodes;
  private final AtomicReference<@Nullable Future<Void>> stopping = new AtomicReference<>();

  private Sender(Config config, Vertx vertx, Metrics metrics, Traces traces, Startup startup) {
    this.config = config;
    this.vertx = vertx;
    this.metrics = metrics;
    this.traces = traces;
    this.readiness = startup.readiness();
    this.servers = startup.servers();
    this.nodes = startup.nodes();
  }

  /** Starts the service without a warm-up. The future succeeds when the service listens. */
  public static Future<Sender> start(Config config) {
    return start(config, SteadyClock.system());
  }

  /** Starts the service without a warm-up, with the given clock for gaps. */
  public static Future<Sender> start(Config config, SteadyClock clock) {
    return start(config, clock, false);
  }

  /** Starts the service, which listens after its warm-up. */
  public static Future<Sender> startWarm(Config config) {
    return start(config, SteadyClock.system(), true);
  }

  private static Future<Sender> start(Config config, SteadyClock clock, boolean warmUp) {
    Metrics metrics = new Metrics(config.influx(), config.metrics(), clock);
    int eventLoops = config.http().eventLoopCount();
    Vertx vertx;
    try {
      vertx = vertx(config, metrics, eventLoops, MicrometerMetricsOptions.DEFAULT_REGISTRY_NAME);
    } catch (RuntimeException | LinkageError failure) {
      metrics.close();
      return Future.failedFuture(failure);
    }
    // Exceptions outside every guard end up here, for example from the handler of a request that
    // was already answered.
    vertx.exceptionHandler(metrics.guard()::uncaught);
    IdentityCodec.register(vertx);
    Traces traces = new Traces(config.tracing(), BuildVersion.read().text(), metrics);
    Startup startup = new Startup(config, vertx, metrics, traces, warmUp);
    // A future of Vert.x could not complete any more when its event loop is closed.
    Promise<Sender> result = Promise.promise();
    startup
        .run()
        .map(started -> new Sender(config, vertx, metrics, traces, startup))
        .onSuccess(
            started -> {
              warnIfUnprotected(config);
              result.complete(started);
            })
        .onFailure(
            failure -> {
              try {
                traces.stop();
                metrics.close();
              } finally {
                vertx.close().onComplete(closed -> result.fail(failure));
              }
            });
    return result.future();
  }

  /**
   * Warns if clients from other machines can connect without a token. A gateway may authenticate
   * them; this warns an operator who forgot to set one up.
   */
  private static void warnIfUnprotected(Config config) {
    if (config.auth().mode() == AuthSettings.Mode.NONE && !config.http().isLoopback()) {
      LOG.atWarn()
          .addKeyValue("host", config.http().host())
          .log(
              "MODE is none: anyone who can reach this address can receive the events of any"
                  + " account");
    }
  }

  /** Returns the port on which the service listens. */
  public int port() {
    return servers.get(0).port();
  }

  /** Returns whether this node should get clients, as {@code /readyz} reports. */
  public boolean isReady() {
    return readiness.faults().isEmpty();
  }

  /** Returns the metrics of this service. */
  public Metrics metrics() {
    return metrics;
  }

  /**
   * Stops the service: reports "not ready", waits for {@code SHUTDOWN_DELAY}, stops accepting
   * clients, closes the connected ones with 1001, sends the last spans to the collector for at most
   * {@link #TRACES_FLUSH_TIMEOUT}, and disconnects from Redis. The delay and closing the clients
   * take at most {@code SHUTDOWN_TIMEOUT}, everything else about a second. Every call returns the
   * same future.
   */
  public Future<Void> stop() {
    Promise<Void> stopped = Promise.promise();
    if (!stopping.compareAndSet(null, stopped.future())) {
      return Objects.requireNonNull(stopping.get());
    }
    long start = System.nanoTime();
    metrics
        .guard()
        .ask(
            GuardedTask.STOP,
            this::shutDown,
            closed -> {
              metrics.guard().run(GuardedTask.STOP, () -> closeMetrics(start));
              if (closed.succeeded()) {
                stopped.complete();
              } else {
                stopped.fail(closed.cause());
              }
            });
    return stopped.future();
  }

  private Future<Void> shutDown() {
    HttpSettings http = config.http();
    readiness.leave();
    LOG.atInfo()
        .addKeyValue("connections", metrics.clients().connections())
        .addKeyValue("delay", http.shutdownDelay().toMillis() / 1000.0)
        .addKeyValue("spread", http.shutdownSpread().toMillis() / 1000.0)
        .log("Shutting down");
    long progress =
        metrics.guard().periodic(vertx, GuardedTask.STOP, PROGRESS_INTERVAL, this::logProgress);
    return delay(http.shutdownDelay())
        .compose(waited -> undeploy())
        .transform(undeployed -> flushTraces())
        .transform(
            ended -> {
              vertx.cancelTimer(progress);
              return vertx.close();
            });
  }

  private void closeMetrics(long start) {
    metrics.close();
    LOG.atInfo()
        .addKeyValue("seconds", (System.nanoTime() - start) / 1_000_000 / 1000.0)
        .log("Stopped");
  }

  /**
   * Completes after the delay: a load balancer sends clients here until it detects that the node is
   * not ready.
   */
  private Future<Void> delay(Duration delay) {
    if (delay.toMillis() == 0) {
      return Future.succeededFuture();
    }
    // The steps after this one would run on the event loop of a Vert.x future, and the last step
    // closes that loop.
    Promise<Void> waited = Promise.promise();
    metrics.guard().timer(vertx, GuardedTask.STOP, delay, waited::complete);
    return waited.future();
  }

  /** Flushes the last spans to the collector, for at most {@link #TRACES_FLUSH_TIMEOUT}. */
  private Future<Void> flushTraces() {
    Promise<Void> flushed = Promise.promise();
    long late =
        metrics.guard().timer(vertx, GuardedTask.STOP, TRACES_FLUSH_TIMEOUT, flushed::tryComplete);
    traces
        .stop()
        .onComplete(
            ended -> {
              vertx.cancelTimer(late);
              flushed.tryComplete();
            });
    return flushed.future();
  }

  /** Stops the servers, and then what still needs Redis to stop. */
  private Future<?> undeploy() {
    List<Future<?>> stopped = new ArrayList<>();
    for (ServerVerticle server : servers) {
      stopped.add(vertx.undeploy(server.deploymentID()));
    }
    return Future.join(stopped)
        .transform(
            ended ->
                nodes == null ? Future.succeededFuture() : vertx.undeploy(nodes.deploymentID()));
  }

  private void logProgress() {
    LOG.atInfo()
        .addKeyValue("connections", metrics.clients().connections())
        .log("Waiting for clients to disconnect");
  }

  /**
   * Creates a Vert.x.
   *
   * @param registryName of its metrics; Vert.x keeps one registry of a name for the process
   */
  static Vertx vertx(Config config, Metrics metrics, int eventLoops, String registryName) {
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(eventLoops)
            .setPreferNativeTransport(config.http().transport() == HttpSettings.Transport.AUTO)
            .setMetricsOptions(
                new MicrometerMetricsOptions()
                    .setEnabled(true)
                    .setRegistryName(registryName)
                    // A label with an address or a path would create one series per client.
                    .setLabels(EnumSet.of(Label.HTTP_METHOD, Label.HTTP_CODE, Label.POOL_NAME))
                    .setDisabledMetricsCategories(
                        Set.of(
                            // This would update a meter for each event and event loop. Our own
                            // counters have the same data.
                            MetricsDomain.EVENT_BUS.toCategory(),
                            // This would look up four meters for each request. Our own code
                            // caches them.
                            MetricsDomain.HTTP_SERVER.toCategory(),
                            // Without the address label, all connections would share one gauge.
                            MetricsDomain.NET_CLIENT.toCategory(),
                            "redis",
                            // Each reconnection to Redis would leave behind the series of a
                            // closed pool.
                            MetricsDomain.NAMED_POOLS.toCategory())));
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(new MicrometerMetricsFactory(metrics.registry()));
    switch (config.http().transport()) {
      case EPOLL -> builder.withTransport(available(Transport.EPOLL, "epoll"));
      case IO_URING -> builder.withTransport(available(Transport.IO_URING, "io_uring"));
      default -> {
        // NIO, or the transport that Vert.x prefers.
      }
    }
    return builder.build();
  }

  private static Transport available(Transport transport, String name) {
    if (transport == null || !transport.available()) {
      throw new IllegalStateException(
          "LUNA_SENDER_HTTP_SETTINGS.TRANSPORT: "
              + name
              + " (expected: a transport that this platform supports; auto selects one)");
    }
    return transport;
  }
}
