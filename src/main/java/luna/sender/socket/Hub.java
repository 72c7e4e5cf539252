package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.ObjLongConsumer;
import luna.sender.config.Config;
import luna.sender.config.WsSettings;
import luna.sender.event.BusAddresses;
import luna.sender.event.CanaryMessage;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;

/**
 * All sessions of one event loop. Delivers to each session the events that its filter passes.
 *
 * <p>How: {@link AccountSubscriptions} gets events from the bus, {@link RoundRobinScheduler} serves
 * the accounts in turn, {@link EventDelivery} matches, {@link WriteBatch} writes. The hub creates
 * these parts, and runs their periodic work and their stop.
 *
 * <p>Owner: confined to the event loop on which it was created.
 */
public final class Hub {
  private static final int SWEEP_PARTS = 20;

  private final Vertx vertx;
  private final Config config;
  private final Metrics metrics;
  private final HubFaults faults;
  private final AccountSubscriptions subscriptions;
  private final SessionRegistry registry;
  private final ReplayStart replays;
  private final LoopResources resources;
  private final RoundRobinScheduler scheduler;
  private final LimitedTurns turns;
  private final FaultInjectionPoint injectionPoint = FaultInjectionPoint.Installed.current();

  /** The queue of items that belong to no account: canaries. */
  private final AccountSessions internal;

  private final Liveness.Loop liveness;
  private final Connections connections;
  private final HubClients clients;
  private final long sweepTimer;

  /** The timer of filter statistics, or -1. */
  private final long statsTimer;

  /**
   * Creates a hub for the current event loop.
   *
   * @param filterGrowth receives each change of the memory that an account's filters use on this
   *     event loop
   * @param replaySlots limits the replays of all event loops
   * @param connections the clients of all event loops
   */
  public Hub(
      Vertx vertx,
      Config config,
      Metrics metrics,
      Traces traces,
      ObjLongConsumer<String> filterGrowth,
      ReplaySlots replaySlots,
      Connections connections) {
    this.vertx = vertx;
    this.config = config;
    this.metrics = metrics;
    Context context = vertx.getOrCreateContext();
    Framing framing = new Framing(config.ws());
    if (config.http().tls().enabled()) {
      TlsWriter.prepare();
    }
    metrics.faults().expect(Step.labels());
    this.faults = new HubFaults(metrics.faults());
    WriteBatch batch = new WriteBatch(framing, faults, injectionPoint);
    this.liveness = metrics.liveness().watch(config.http().livenessTimeout());
    this.scheduler =
        new RoundRobinScheduler(
            vertx,
            metrics,
            faults,
            liveness,
            MemoryBudgets.turnBytes(config),
            injectionPoint,
            new EventDelivery(batch, metrics, faults, traces, injectionPoint));
    Budget queues = MemoryBudgets.queues(config, metrics);
    Budget backlogs = MemoryBudgets.backlogs(config, metrics);
    this.subscriptions =
        new AccountSubscriptions(
            vertx, config, metrics, faults, queues, backlogs, scheduler, filterGrowth);
    Executor nextTask = task -> context.runOnContext(now -> task.run());
    this.registry = new SessionRegistry(nextTask, injectionPoint, faults, subscriptions::release);
    this.turns = new LimitedTurns(new NextIteration(vertx));
    this.replays =
        new ReplayStart(
            new ReplayContext(
                vertx,
                new HistoryReads(vertx, config.redis(), config.history()),
                replaySlots,
                registry,
                turns,
                batch,
                metrics.replays(),
                metrics.events(),
                metrics.gaps().clock()));
    this.resources =
        new LoopResources(
            config.ws(),
            metrics,
            faults,
            injectionPoint,
            framing,
            new InboundLimits(config.ws()),
            batch,
            new Eviction(queues, subscriptions.all()),
            nextTask,
            registry);
    this.internal =
        new AccountSessions(
            "", AccountMetrics.unlisted(), queues.new Part(), backlogs.new Part(), growth -> {});
    for (int bridge = 0; bridge < config.redis().bridges(); bridge++) {
      vertx
          .eventBus()
          .localConsumer(
              BusAddresses.canary(bridge), sent -> scheduler.submit(internal, new CanaryMessage()));
    }
    CloseReason.expectAll(metrics);
    this.connections = connections;
    this.clients = new HubClients(context, registry, subscriptions, turns);
    connections.add(clients);
    this.sweepTimer = vertx.setPeriodic(sweepInterval(config.ws()).toMillis(), timer -> sweep());
    long stats = config.ws().statsInterval().toMillis();
    this.statsTimer = stats == 0 ? -1 : vertx.setPeriodic(stats, timer -> reportStats());
  }

  /** Returns what the sessions of this event loop share. */
  LoopResources resources() {
    return resources;
  }

  /** Returns the accounts of this event loop. */
  AccountSubscriptions subscriptions() {
    return subscriptions;
  }

  /** Returns what limits the time of handshakes and replays. */
  LimitedTurns turns() {
    return turns;
  }

  /** Returns what begins replays of the history. */
  ReplayStart replays() {
    return replays;
  }

  /** Returns what adds and removes sessions. */
  SessionRegistry registry() {
    return registry;
  }

  /**
   * Delivers the queued events, then closes every session with 1001, spread over {@code
   * SHUTDOWN_SPREAD}. Aborts the sessions that are still open after {@code bound}. Succeeds when
   * the last session has ended. New sessions are rejected; sessions that are not closed yet still
   * get events.
   */
  public Future<Void> stop(Duration bound) {
    subscriptions.stop();
    liveness.stop();
    SessionList allSessions = registry.all();
    Future<Void> ended = registry.whenEmpty();
    GracefulClose gracefulClose = new GracefulClose(vertx, config.http().shutdownSpread());
    // The other half of the remaining time is for the clients to read what was sent, and to answer.
    Duration drain = bound.minus(config.http().shutdownSpread()).dividedBy(2);
    scheduler
        .drain(new ShutdownPacer(allSessions, config.ws().queueLimitBytes()), drain)
        .onComplete(drained -> gracefulClose.start(allSessions.copy()));
    long abortTimer =
        vertx.setTimer(Math.max(1, bound.toMillis()), late -> allSessions.forEach(Session::abort));
    return ended.onComplete(
        done -> {
          connections.remove(clients);
          gracefulClose.cancel();
          vertx.cancelTimer(abortTimer);
          vertx.cancelTimer(sweepTimer);
          vertx.cancelTimer(statsTimer);
        });
  }

  private void reportStats() {
    for (AccountSessions sessions : subscriptions.all()) {
      sessions.statsReporters.forEach(StatsReporter::report);
    }
  }

  private void sweep() {
    liveness.taskRan();
    try {
      injectionPoint.reached(Step.SWEEP, null);
      scheduler.repair(subscriptions.all());
      metrics.liveness().faults();
    } catch (Throwable fault) {
      faults.caught(Step.SWEEP, internal, fault);
    }
    long now = System.nanoTime();
    long wall = System.currentTimeMillis();
    registry.all().advance(SWEEP_PARTS, session -> tick(session, now, wall));
  }

  private static void tick(Session session, long nowNanos, long nowMillis) {
    try {
      session.tick(nowNanos, nowMillis);
    } catch (Throwable fault) {
      session.onFault(Step.CHECK, fault);
    }
  }

  /**
   * Returns the interval between two parts of a sweep. A whole sweep takes at most a quarter of the
   * shortest timeout, and at most a second.
   */
  private static Duration sweepInterval(WsSettings settings) {
    long shortest =
        Math.min(
            Math.min(settings.pingInterval().toMillis(), settings.pongTimeout().toMillis()),
            settings.closeTimeout().toMillis());
    return Duration.ofMillis(Math.min(1000, Math.max(SWEEP_PARTS, shortest / 4)) / SWEEP_PARTS);
  }
}
