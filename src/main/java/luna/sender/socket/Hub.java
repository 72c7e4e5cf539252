package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import luna.sender.config.Config;
import luna.sender.config.WsSettings;
import luna.sender.event.BusAddresses;
import luna.sender.event.CanaryMessage;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.event.SubscriptionRequest;
import luna.sender.event.TraceContext;
import luna.sender.filter.EventFilter;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * All sessions of one event loop. Delivers to each session the events that its filter passes.
 *
 * <p>Shape: an account is subscribed on the bridge from its first handshake until {@code
 * SUBSCRIPTION_LINGER} after its last session ends, so reconnecting costs Redis nothing. At most
 * {@value #LINGERING_LIMIT} accounts without sessions stay subscribed.
 *
 * <p>Owner: confined to the event loop on which it was created.
 */
public final class Hub {
  private static final AtomicInteger IDS = new AtomicInteger();

  private static final int SWEEP_PARTS = 20;

  /**
   * Bounds memory: each account takes some kilobytes, and a client without a token can create one
   * per handshake.
   */
  private static final int LINGERING_LIMIT = 1000;

  private final Vertx vertx;
  private final Context context;
  private final Config config;
  private final Metrics metrics;
  private final Traces traces;
  private final ObjLongConsumer<String> filterGrowth;
  private final int id = IDS.incrementAndGet();
  private final DeliveryOptions request;
  private final Map<String, AccountSessions> accounts = new HashMap<>();
  private final SessionRegistry registry;
  private final Budget queues;
  private final Budget backlogs;
  private final LoopResources resources;
  private final RoundRobinScheduler scheduler;

  /** Reused for all events: a hub delivers one at a time. */
  private final Delivery delivery = new Delivery();

  private final WriteBatch batch;
  private final Checkpoint checkpoint = Checkpoint.Installed.current();

  /** The queue of items that belong to no account: canaries. */
  private final AccountSessions internal;

  private final Liveness.Loop liveness;

  /** The number of accounts without sessions that are still subscribed. */
  private int lingering;

  /** Whether new sessions are rejected. */
  private boolean stopping;

  private final long sweepTimer;

  /** The timer of filter statistics, or -1. */
  private final long statsTimer;

  /**
   * Creates a hub for the current event loop.
   *
   * @param filterGrowth receives each change of the memory that an account's filters use on this
   *     event loop
   */
  public Hub(
      Vertx vertx,
      Config config,
      Metrics metrics,
      Traces traces,
      ObjLongConsumer<String> filterGrowth) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.config = config;
    this.metrics = metrics;
    this.traces = traces;
    this.filterGrowth = filterGrowth;
    Framing framing = new Framing(config.ws());
    metrics.faults().expect(Step.labels());
    this.batch = new WriteBatch(framing, metrics.faults(), checkpoint);
    this.liveness = metrics.liveness().watch(config.http().livenessTimeout());
    this.scheduler =
        new RoundRobinScheduler(
            vertx, metrics, liveness, MemoryBudgets.turnBytes(config), checkpoint, delivery);
    this.queues = MemoryBudgets.queues(config, metrics);
    this.backlogs = MemoryBudgets.backlogs(config, metrics);
    Executor nextTask = task -> context.runOnContext(now -> task.run());
    this.registry = new SessionRegistry(nextTask, checkpoint, metrics.faults(), this::release);
    this.resources =
        new LoopResources(
            config.ws(),
            metrics,
            checkpoint,
            framing,
            new InboundLimits(config.ws()),
            batch,
            new Eviction(queues, accounts.values()),
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
    this.request =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
    this.sweepTimer = vertx.setPeriodic(sweepInterval(config.ws()).toMillis(), timer -> sweep());
    long stats = config.ws().statsInterval().toMillis();
    this.statsTimer = stats == 0 ? -1 : vertx.setPeriodic(stats, timer -> reportStats());
  }

  /** Returns what the sessions of this event loop share. */
  LoopResources resources() {
    return resources;
  }

  /**
   * Acquires an account for a handshake. Succeeds when Redis has confirmed the subscription. The
   * reference passes to the session in {@link #register}, or is returned by {@link #release}.
   */
  Future<AccountSessions> acquire(String account) {
    if (stopping) {
      return goingAway();
    }
    AccountSessions sessions = accounts.computeIfAbsent(account, this::createAccount);
    sessions.references++;
    if (vertx.cancelTimer(sessions.lingerTimer)) {
      lingering--;
    }
    sessions.lingerTimer = -1;
    Future<AccountSessions> acquired;
    try {
      acquired =
          requestSubscription(account, true)
              // A stop that began meanwhile has already closed all sessions and would miss this
              // one.
              .compose(here -> stopping ? goingAway() : Future.succeededFuture(sessions));
    } catch (Throwable fault) {
      acquired = Future.failedFuture(fault);
    }
    return acquired.onFailure(failure -> release(sessions));
  }

  private static Future<AccountSessions> goingAway() {
    return Future.failedFuture(
        new ReplyException(
            ReplyFailure.RECIPIENT_FAILURE,
            SubscriptionRequest.STOPPING,
            "this node is going away"));
  }

  /**
   * Returns the memory that a filter of the account would need; 0 if a session on this hub has an
   * equal filter.
   */
  long filterBytes(String account, EventFilter filter) {
    AccountSessions existing = accounts.get(account);
    return existing != null && existing.sessions.has(filter) ? 0 : filter.estimatedBytes();
  }

  /** Starts to deliver the account's events to a session. */
  void register(Session session, SubscribeOptions options) {
    registry.add(session, options);
  }

  /**
   * Returns one reference. After the last one, the account is unsubscribed when the linger time is
   * over.
   */
  void release(AccountSessions sessions) {
    if (--sessions.references > 0) {
      return;
    }
    long linger = config.ws().subscriptionLinger().toMillis();
    if (linger == 0 || lingering == LINGERING_LIMIT) {
      unsubscribe(sessions);
    } else {
      try {
        sessions.lingerTimer =
            vertx.setTimer(
                linger,
                timer -> {
                  lingering--;
                  unsubscribe(sessions);
                });
        lingering++;
      } catch (Throwable fault) {
        // Without a timer, the account would stay subscribed indefinitely.
        resources.caught(Step.LEAVE, sessions, fault);
        unsubscribe(sessions);
      }
    }
  }

  private void unsubscribe(AccountSessions sessions) {
    accounts.remove(sessions.account, sessions);
    Future<?> answer;
    try {
      answer = requestSubscription(sessions.account, false);
    } catch (Throwable fault) {
      resources.caught(Step.LEAVE, sessions, fault);
      answer = Future.failedFuture(fault);
    }
    answer.onComplete(
        answered -> {
          try {
            if (sessions.consumer != null) {
              sessions.consumer.unregister();
            }
            scheduler.endShedding(sessions);
          } finally {
            metrics.accounts().release(sessions.counters);
          }
        });
  }

  /**
   * Delivers the waiting events, then closes every session with 1001, spread over {@code
   * SHUTDOWN_SPREAD}. Aborts the sessions that are still open after {@code bound}. Succeeds when
   * the last session has ended. New sessions are rejected; sessions that are not closed yet still
   * get events.
   */
  public Future<Void> stop(Duration bound) {
    stopping = true;
    liveness.stop();
    SessionList allSessions = registry.all();
    Future<Void> ended = registry.whenEmpty();
    GracefulClose gracefulClose = new GracefulClose(vertx, config.http().shutdownSpread());
    // The other half of the remaining time is for the clients to read what was sent, and to answer.
    Duration drain = bound.minus(config.http().shutdownSpread()).dividedBy(2);
    scheduler
        .drain(new DrainPace(allSessions, config.ws().queueLimitBytes()), drain)
        .onComplete(drained -> gracefulClose.start(allSessions.copy()));
    long abortTimer =
        vertx.setTimer(Math.max(1, bound.toMillis()), late -> allSessions.forEach(Session::abort));
    return ended.onComplete(
        done -> {
          gracefulClose.cancel();
          vertx.cancelTimer(abortTimer);
          vertx.cancelTimer(sweepTimer);
          vertx.cancelTimer(statsTimer);
        });
  }

  private AccountSessions createAccount(String account) {
    AccountSessions sessions =
        new AccountSessions(
            account,
            metrics.accounts().acquire(account),
            queues.new Part(),
            backlogs.new Part(),
            growth -> filterGrowth.accept(account, growth));
    sessions.consumer =
        vertx
            .eventBus()
            .localConsumer(
                BusAddresses.events(account),
                message -> scheduler.submit(sessions, message.body()));
    return sessions;
  }

  private Future<Message<Void>> requestSubscription(String account, boolean wanted) {
    int bridge = BusAddresses.bridgeOf(account, config.redis().bridges());
    return vertx
        .eventBus()
        .request(
            BusAddresses.subscriptionRequests(bridge),
            new SubscriptionRequest(account, id, wanted),
            request);
  }

  private void reportStats() {
    for (AccountSessions sessions : accounts.values()) {
      sessions.statsReporters.forEach(StatsReporter::report);
    }
  }

  private void sweep() {
    liveness.taskRan();
    try {
      checkpoint.reached(Step.SWEEP, null);
      scheduler.repair(accounts.values());
      metrics.liveness().faults();
    } catch (Throwable fault) {
      metrics.faults().caught(Step.SWEEP.label(), "", fault);
    }
    long now = System.nanoTime();
    long wall = System.currentTimeMillis();
    registry.all().advance(SWEEP_PARTS, session -> tick(session, now, wall));
  }

  private static void tick(Session session, long nowNanos, long nowMillis) {
    try {
      session.tick(nowNanos, nowMillis);
    } catch (Throwable fault) {
      session.onFault(Step.TICK, fault);
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

  /** The event that is being delivered. It is added to the batch when the first session matches. */
  private final class Delivery implements Consumer<Session>, RoundRobinScheduler.Handler {
    @Nullable AccountSessions account;
    @Nullable Event event;
    private int position;
    private int matched;

    /** The number of sessions that do not get the event because of a fault. */
    private int missed;

    @Override
    public int deliver(AccountSessions to, Event delivered) {
      account = to;
      event = delivered;
      Traces.Match traced = traced(to, delivered);
      try {
        to.sessions.match(delivered, this);
      } catch (Throwable fault) {
        resources.caught(Step.MATCH, to, fault);
        // It is unknown which of the remaining sessions match.
        missed = to.sessions.size() - matched;
        reportMissed(to);
      }
      if (traced != null) {
        end(to, traced);
      }
      for (int i = 0; i < to.statsReporters.size(); i++) {
        to.statsReporters.get(i).count(delivered.attributes());
      }
      return end(to);
    }

    private Traces.@Nullable Match traced(AccountSessions to, Event delivered) {
      TraceContext trace = delivered.trace();
      if (trace == null) {
        return null;
      }
      try {
        checkpoint.reached(Step.TRACE, to);
        return traces.match(trace);
      } catch (Throwable fault) {
        resources.caught(Step.TRACE, to, fault);
        return null;
      }
    }

    private void end(AccountSessions to, Traces.Match traced) {
      try {
        Traces.Write write = traced.end(to.sessions.size(), matched);
        if (write != null) {
          batch.trace(position, write);
        }
      } catch (Throwable fault) {
        resources.caught(Step.TRACE, to, fault);
      }
    }

    /** Sends a gap to the account's gap listeners that did not get the event. */
    private void reportMissed(AccountSessions to) {
      try {
        Moment now = metrics.gaps().clock().now();
        metrics
            .gaps()
            .close(metrics.gaps().open(Gap.Cause.FAULT, now, List.of(to.account)), now, 1);
        List<Session> without = new ArrayList<>(to.gapListeners);
        without.removeIf(session -> matched > 0 && session.isMarked(position));
        sendGaps(without, new Gap(now, now, Gap.Cause.FAULT, 1));
      } catch (Throwable fault) {
        resources.caught(Step.GAP, to, fault);
      }
    }

    @Override
    public void sendInterruption(AccountSessions account, Interruption interruption) {
      batch.flush();
      account.interruptions.add(interruption);
      for (int i = 0; i < account.gapListeners.size(); i++) {
        Session session = account.gapListeners.get(i);
        try {
          session.sendInterruption(interruption);
        } catch (Throwable fault) {
          session.onFault(Step.GAP, fault);
        }
      }
    }

    @Override
    public void sendGap(AccountSessions account, Gap gap) {
      account.interruptions.removeIf(open -> open.isEndedBy(gap));
      sendGaps(account.gapListeners, gap);
    }

    private void sendGaps(List<Session> listeners, Gap gap) {
      batch.flush();
      for (int i = 0; i < listeners.size(); i++) {
        Session session = listeners.get(i);
        try {
          session.sendGap(gap);
        } catch (Throwable fault) {
          session.onFault(Step.GAP, fault);
        }
      }
    }

    @Override
    public void probe() {
      Framing.probe();
    }

    @Override
    public boolean flush() {
      return batch.flush();
    }

    @Override
    public void caught(Step step, AccountSessions account, Throwable fault) {
      resources.caught(step, account, fault);
    }

    @Override
    public void accept(Session session) {
      checkpoint.reached(Step.MATCH, session.account());
      try {
        checkpoint.reached(Step.MARK, session.account());
        if (matched == 0) {
          position = batch.add(Objects.requireNonNull(event), Objects.requireNonNull(account));
        }
        // First: a marked session that is not in this batch would get the next batch's frame at the
        // same position.
        if (!session.hasMarked()) {
          batch.add(session);
        }
        session.mark(position);
        matched++;
      } catch (Throwable fault) {
        missed++;
        session.onFault(Step.MARK, fault);
      }
    }

    /** Returns the number of sessions that matched. */
    private int end(AccountSessions ended) {
      int total = matched + missed;
      int dropped = missed;
      account = null;
      event = null;
      matched = 0;
      missed = 0;
      int present = ended.sessions.size();
      ended.counters.received(present);
      ended.counters.matched(total);
      ended.counters.unmatched(present - total);
      metrics.matched(total);
      metrics.dropped(ended.counters, CloseReason.INTERNAL.label(), dropped);
      return total;
    }
  }
}
