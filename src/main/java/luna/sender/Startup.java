package luna.sender;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import luna.sender.admission.Admission;
import luna.sender.api.Contract;
import luna.sender.api.ProbeHandler;
import luna.sender.auth.KeySource;
import luna.sender.auth.OperatorTokens;
import luna.sender.bridge.NodeChannel;
import luna.sender.bridge.RedisBridge;
import luna.sender.bridge.RedisCommands;
import luna.sender.bridge.history.HistoryReader;
import luna.sender.bridge.history.Recorder;
import luna.sender.bridge.history.StorageSampler;
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.HttpSettings;
import luna.sender.event.EventSchema;
import luna.sender.http.ServerVerticle;
import luna.sender.http.TlsContext;
import luna.sender.http.TlsReloader;
import luna.sender.influx.InfluxExporter;
import luna.sender.log.RecentLog;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.InfluxPoints;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.socket.Connections;
import luna.sender.socket.ReplaySlots;
import luna.sender.trace.Traces;
import luna.sender.warmup.WarmUp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the parts of a {@link Sender}, one step after another.
 *
 * <p>See: {@link luna.sender.config.HttpSettings#eventLoopCount} is the number of event loops, and
 * {@code socket.MemoryBudgets} divides the direct memory.
 *
 * <p>Errors: the first failing step aborts the start; the caller closes Vert.x.
 *
 * <p>Owner: each step starts when the previous one has finished.
 */
final class Startup {
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

  private static final Duration REDIS_WAIT = Duration.ofSeconds(2);
  private static final Duration REDIS_POLL = Duration.ofMillis(10);

  private final Config config;
  private final Vertx vertx;
  private final Metrics metrics;
  private final Traces traces;
  private final boolean warmUp;
  private final Readiness readiness;
  private final Admission admission;

  /** One server per event loop. They are created concurrently. */
  private final List<ServerVerticle> servers = new CopyOnWriteArrayList<>();

  private @Nullable TlsContext tls;
  private @Nullable Contract contract;
  private @Nullable KeySource keys;
  private @Nullable OperatorTokens operators;
  private @Nullable Connections connections;
  private @Nullable NodeChannel nodes;

  Startup(Config config, Vertx vertx, Metrics metrics, Traces traces, boolean warmUp) {
    this.config = config;
    this.vertx = vertx;
    this.metrics = metrics;
    this.traces = traces;
    this.warmUp = warmUp;
    this.readiness = readiness(config, metrics);
    this.admission = new Admission(config.limits(), reservedDescriptors(config), metrics);
    admission.logLimits();
  }

  Future<Void> run() {
    if (config.admin().enabled()) {
      RecentLog.keep();
    }
    return readCertificate()
        .compose(done -> watchCertificate())
        .compose(done -> loadContract())
        .compose(done -> loadOperators())
        .compose(done -> Future.all(warmUp(), deployBridges().compose(deployed -> loadKeys())))
        .compose(done -> awaitRedis())
        .compose(done -> listen())
        .mapEmpty();
  }

  Readiness readiness() {
    return readiness;
  }

  List<ServerVerticle> servers() {
    return servers;
  }

  /** Returns the channel to the other nodes; null without an operators' API. */
  @Nullable NodeChannel nodes() {
    return nodes;
  }

  /** Reads certificate and key, and loads the library for TLS; stays null without TLS. */
  private Future<?> readCertificate() {
    HttpSettings http = config.http();
    return http.tls().enabled()
        ? vertx
            .executeBlocking(() -> TlsContext.read(http.tls(), http.handshakeTimeout()))
            .onSuccess(read -> tls = read)
        : Future.succeededFuture();
  }

  private Future<?> watchCertificate() {
    return tls == null
        ? Future.succeededFuture()
        : vertx.deployVerticle(new TlsReloader(tls, metrics));
  }

  /** Warms up while the bridges connect to Redis. */
  private Future<Void> warmUp() {
    return warmUp
        ? WarmUp.run(
            config,
            Objects.requireNonNull(contract),
            own -> Sender.vertx(config, own, 1, "warm_up"))
        : Future.succeededFuture();
  }

  /** Deploys the Redis bridges, the Redis health check, and the InfluxDB exporter. */
  private Future<?> deployBridges() {
    String node = UUID.randomUUID().toString();
    EventSchema events = Objects.requireNonNull(contract).filters().events();
    List<Future<?>> deployed = new ArrayList<>();
    deployed.add(vertx.deployVerticle(new RedisCommands(config.redis(), metrics)));
    for (int i = 0; i < config.redis().bridges(); i++) {
      deployed.add(
          vertx.deployVerticle(
              new RedisBridge(
                  config.redis(),
                  config.history(),
                  config.ws(),
                  events,
                  i,
                  node,
                  metrics,
                  traces)));
    }
    deployed.addAll(deployHistory(events));
    Connections clients = Objects.requireNonNull(connections);
    if (clients.enabled()) {
      NodeChannel channel =
          new NodeChannel(config.redis(), clients.node(), clients.host(), metrics);
      nodes = channel;
      deployed.add(vertx.deployVerticle(channel));
      metrics.accounts().startRates(vertx, metrics.guard());
    }
    InfluxPoints points = metrics.points();
    if (points != null) {
      deployed.add(
          vertx.deployVerticle(
              new InfluxExporter(config.influx(), points, metrics.accounts(), metrics.guard())));
    }
    return Future.all(deployed);
  }

  /** Deploys what records and reads the history, if it is on. */
  private List<Future<?>> deployHistory(EventSchema events) {
    List<Future<?>> deployed = new ArrayList<>();
    if (config.history().enabled()) {
      deployed.add(
          vertx.deployVerticle(
              new StorageSampler(config.redis(), metrics, StorageSampler.INTERVAL)));
      for (int i = 0; i < config.redis().bridges(); i++) {
        deployed.add(
            vertx.deployVerticle(
                new HistoryReader(config.redis(), config.history(), events, i, metrics)));
      }
    }
    if (config.history().enabled() && config.history().record()) {
      if (config.redis().cluster().sharded() && config.history().recordAccounts().isEmpty()) {
        metrics.recorder().notSubscribed("LUNA_SENDER_HISTORY.RECORD_ACCOUNTS is empty");
        LOG.info("Only events of publishers that append are recorded: RECORD_ACCOUNTS is empty");
      } else {
        deployed.add(vertx.deployVerticle(new Recorder(config.redis(), config.history(), metrics)));
      }
    }
    return deployed;
  }

  /**
   * Waits until the first attempts to connect to Redis have ended. Otherwise the first clients
   * would be rejected, and an {@code EventSource} does not retry then. Without an answer of Redis,
   * the node listens nevertheless, because its probes tell why it is not ready.
   */
  private Future<Void> awaitRedis() {
    Promise<Void> attempted = Promise.promise();
    long deadline = System.nanoTime() + REDIS_WAIT.toNanos();
    long timer =
        metrics
            .guard()
            .periodic(
                vertx,
                GuardedTask.REDIS_CONNECT,
                REDIS_POLL,
                () -> {
                  if (!metrics.redis().bridges().isConnecting() || System.nanoTime() > deadline) {
                    attempted.tryComplete();
                  }
                });
    return attempted.future().andThen(done -> vertx.cancelTimer(timer));
  }

  private Future<?> loadContract() {
    return Contract.load(vertx, config.http().contractOverlays())
        .onSuccess(loaded -> contract = loaded);
  }

  /** Loads the token keys. They stay null if tokens are not required. */
  private Future<?> loadKeys() {
    return config.auth().mode() == AuthSettings.Mode.JWT
        ? KeySource.load(vertx, config.auth(), admission).onSuccess(loaded -> keys = loaded)
        : Future.succeededFuture();
  }

  /** Loads the operators' tokens, which stay null without an operators' API. */
  private Future<?> loadOperators() {
    if (!config.admin().enabled()) {
      connections = new Connections(false, "", metrics.guard());
      return Future.succeededFuture();
    }
    return OperatorTokens.load(vertx, config.admin(), metrics.guard())
        .onSuccess(loaded -> operators = loaded)
        .compose(loaded -> vertx.executeBlocking(NodeChannel::hostName))
        .onSuccess(host -> connections = new Connections(true, host, metrics.guard()));
  }

  private Future<?> listen() {
    ServerVerticle.Shared shared =
        new ServerVerticle.Shared(
            config,
            Objects.requireNonNull(contract),
            admission,
            metrics,
            traces,
            new ProbeHandler(readiness, metrics.liveness()),
            new ReplaySlots(config.history().replays(), metrics.replays()),
            tls,
            keys,
            Objects.requireNonNull(connections),
            operators);
    return vertx.deployVerticle(
        () -> {
          ServerVerticle server = new ServerVerticle(shared);
          servers.add(server);
          return server;
        },
        new DeploymentOptions().setInstances(config.http().eventLoopCount()));
  }

  /**
   * Returns the number of file descriptors that Redis connections, selectors and files in the jar
   * need, plus a margin.
   */
  private static int reservedDescriptors(Config config) {
    return 68 + 3 * config.redis().bridges() + 4 * config.http().eventLoopCount();
  }

  private static Readiness readiness(Config config, Metrics metrics) {
    Readiness readiness = new Readiness();
    for (int bridge = 0; bridge < config.redis().bridges(); bridge++) {
      metrics.redis().bridges().report(bridge, BridgeStatus.Condition.UNAVAILABLE);
    }
    readiness.require(
        "redis",
        () -> {
          String fault = metrics.redis().bridges().fault();
          return fault.isEmpty() ? null : fault;
        });
    metrics.ready(readiness);
    return readiness;
  }
}
