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
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.HttpSettings;
import luna.sender.event.LocalCodec;
import luna.sender.event.SteadyClock;
import luna.sender.http.ServerVerticle;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Over 300 lines, for it is one thing: the order in which the parts of the service start and stop.
/**
 * One running service: its Vert.x, its bridges, a server on each event loop.
 *
 * <p>Errors: {@link #start} fails if the port can't be had, a native transport is missing, or a TLS
 * file can't be used. Redis need not be there.
 *
 * <p>Owner: thread-safe.
 */
public final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
  private static final Duration TRACES_FLUSH = Duration.ofSeconds(1);
  private static final Duration PROGRESS = Duration.ofSeconds(5);

  private final Config config;
  private final Vertx vertx;
  private final Metrics metrics;
  private final Traces traces;
  private final Readiness readiness;
  private final List<ServerVerticle> servers;
  private final AtomicReference<@Nullable Future<Void>> stopping = new AtomicReference<>();

  private Sender(Config config, Vertx vertx, Metrics metrics, Traces traces, Startup startup) {
    this.config = config;
    this.vertx = vertx;
    this.metrics = metrics;
    this.traces = traces;
    this.readiness = startup.readiness();
    this.servers = startup.servers();
  }

  /** Starts the service; when the future succeeds, it listens. */
  public static Future<Sender> start(Config config) {
    return start(config, SteadyClock.system());
  }

  /** The same with a clock of the caller's for the gaps. */
  public static Future<Sender> start(Config config, SteadyClock clock) {
    Metrics metrics = new Metrics(config.influx(), config.metrics(), clock);
    int eventLoops = config.http().eventLoopCount();
    Vertx vertx;
    try {
      vertx = vertx(config, metrics, eventLoops);
    } catch (RuntimeException | LinkageError failure) {
      metrics.close();
      return Future.failedFuture(failure);
    }
    // What gets here is of no guard, as a handler of a request that has its answer.
    vertx.exceptionHandler(fault -> metrics.guard().caught(GuardedTask.UNGUARDED, fault));
    LocalCodec.register(vertx);
    Traces traces = new Traces(config.tracing(), BuildVersion.read().text(), metrics);
    Startup startup = new Startup(config, vertx, metrics, traces);
    return startup
        .run()
        .map(started -> new Sender(config, vertx, metrics, traces, startup))
        .onSuccess(started -> warnOfStrangers(config))
        .onFailure(
            failure -> {
              traces.stop();
              metrics.close();
            })
        .recover(failure -> vertx.close().transform(closed -> Future.failedFuture(failure)));
  }

  /** A gateway may stand in front; who has forgotten it should hear of it. */
  private static void warnOfStrangers(Config config) {
    if (config.auth().mode() == AuthSettings.Mode.NONE && !config.http().isLoopback()) {
      LOG.atWarn()
          .addKeyValue("host", config.http().host())
          .log("MODE is none: whoever reaches this address may see the events of any account");
    }
  }

  /** The port on which the service listens. */
  public int port() {
    return servers.get(0).port();
  }

  /** The books. */
  public Metrics metrics() {
    return metrics;
  }

  /**
   * Goes away: not ready any more, and after {@code SHUTDOWN_DELAY} no new clients, 1001 to those
   * that are there, then Redis. Bounded by {@code SHUTDOWN_TIMEOUT}; the same for all that ask.
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
            this::goAway,
            closed -> {
              metrics.guard().run(GuardedTask.STOP, () -> closeBooks(start));
              if (closed.succeeded()) {
                stopped.complete();
              } else {
                stopped.fail(closed.cause());
              }
            });
    return stopped.future();
  }

  private Future<Void> goAway() {
    HttpSettings http = config.http();
    readiness.leave();
    LOG.atInfo()
        .addKeyValue("connections", metrics.connections())
        .addKeyValue("delay", http.shutdownDelay().toMillis() / 1000.0)
        .addKeyValue("spread", http.shutdownSpread().toMillis() / 1000.0)
        .log("Going away");
    long progress = metrics.guard().periodic(vertx, GuardedTask.STOP, PROGRESS, this::progress);
    return delay(http.shutdownDelay())
        .compose(waited -> undeploy())
        .transform(undeployed -> flushTraces())
        .transform(
            ended -> {
              vertx.cancelTimer(progress);
              return vertx.close();
            });
  }

  private void closeBooks(long start) {
    metrics.close();
    LOG.atInfo()
        .addKeyValue("seconds", (System.nanoTime() - start) / 1_000_000 / 1000.0)
        .log("Stopped");
  }

  /** A balancer still sends clients here until it has seen that the node is not ready. */
  private Future<Void> delay(Duration delay) {
    if (delay.toMillis() == 0) {
      return Future.succeededFuture();
    }
    // A future of Vert.x's own would tell its end on an event loop, and by then there is none.
    Promise<Void> waited = Promise.promise();
    metrics.guard().timer(vertx, GuardedTask.STOP, delay, waited::complete);
    return waited.future();
  }

  /** What was traced last may still reach its collector; nobody waits longer for it. */
  private Future<Void> flushTraces() {
    Promise<Void> flushed = Promise.promise();
    long late = metrics.guard().timer(vertx, GuardedTask.STOP, TRACES_FLUSH, flushed::tryComplete);
    traces
        .stop()
        .onComplete(
            ended -> {
              vertx.cancelTimer(late);
              flushed.tryComplete();
            });
    return flushed.future();
  }

  private Future<?> undeploy() {
    List<Future<?>> stopped = new ArrayList<>();
    for (ServerVerticle server : servers) {
      stopped.add(vertx.undeploy(server.deploymentID()));
    }
    return Future.join(stopped);
  }

  private void progress() {
    LOG.atInfo().addKeyValue("connections", metrics.connections()).log("Clients still here");
  }

  private static Vertx vertx(Config config, Metrics metrics, int eventLoops) {
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(eventLoops)
            .setPreferNativeTransport(config.http().transport() == HttpSettings.Transport.AUTO)
            .setMetricsOptions(
                new MicrometerMetricsOptions()
                    .setEnabled(true)
                    // Labels with an address or a path would make a series for each client.
                    .setLabels(EnumSet.of(Label.HTTP_METHOD, Label.HTTP_CODE, Label.POOL_NAME))
                    .setDisabledMetricsCategories(
                        Set.of(
                            // An update for each event and event loop; our own counters have it.
                            MetricsDomain.EVENT_BUS.toCategory(),
                            // Looks up four meters for each request; ours keeps them.
                            MetricsDomain.HTTP_SERVER.toCategory(),
                            // Without addresses as labels, two connections would be one gauge.
                            MetricsDomain.NET_CLIENT.toCategory(),
                            "redis",
                            // Each reconnection to Redis would leave the series of one more pool.
                            MetricsDomain.NAMED_POOLS.toCategory())));
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(new MicrometerMetricsFactory(metrics.registry()));
    switch (config.http().transport()) {
      case EPOLL -> builder.withTransport(available(Transport.EPOLL, "epoll"));
      case IO_URING -> builder.withTransport(available(Transport.IO_URING, "io_uring"));
      default -> {
        // NIO, or what Vert.x prefers.
      }
    }
    return builder.build();
  }

  private static Transport available(Transport transport, String name) {
    if (transport == null || !transport.available()) {
      throw new IllegalStateException(
          "LUNA_SENDER_HTTP_SETTINGS.TRANSPORT: "
              + name
              + " (expected: one that this platform has; auto finds it)");
    }
    return transport;
  }
}
