package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Over 300 lines, for it is one thing: the life of an account on one event loop, and the way of its
// events to its sessions.
/**
 * All sessions of one event loop: gives each the events that its filter passes.
 *
 * <p>Shape: an account is wanted from the bridge from its first handshake until {@code
 * SUBSCRIPTION_LINGER} after its last session, so that a reconnect costs Redis nothing; of those
 * without a session, {@value #LINGERING_LIMIT} at most.
 *
 * <p>Owner: confined to the event loop on which it was made.
 */
public final class Hub {
  private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
  private static final AtomicInteger IDS = new AtomicInteger();

  private static final int SWEEP_PARTS = 20;

  /** Each takes some kilobytes, and whoever needs no token can make one by each handshake. */
  private static final int LINGERING_LIMIT = 1000;

  private final Vertx vertx;
  private final Context context;
  private final Config config;
  private final Metrics metrics;
  private final Traces traces;
  private final ObjLongConsumer<String> filterGrowth;
  private final int id = IDS.incrementAndGet();
  final InboundLimits inbound;
  private final Framing framing;
  private final DeliveryOptions request;
  private final Map<String, AccountSessions> accounts = new HashMap<>();
  private final SessionList all = new SessionList();
  private final Budget queues;
  private final Budget backlogs;
  private final Eviction eviction;

  private final RoundRobinScheduler turns;

  /** One for all events: a hub delivers one after the other. */
  private final Delivery delivery = new Delivery();

  private final WriteBatch burst;
  private final Checkpoint checkpoint = Checkpoint.Installed.current();

  /** What is of no account: canaries. */
  private final AccountSessions own;

  private final Liveness.Loop liveness;

  /** Accounts without a session that are still subscribed. */
  private int lingering;

  private @Nullable Promise<Void> emptied;
  private final long sweepTimer;

  /** Or -1. */
  private final long statsTimer;

  /**
   * A hub for the current event loop.
   *
   * @param filterGrowth gets each change of the memory that an account's filters take here
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
    this.inbound = new InboundLimits(config.ws());
    this.framing = new Framing(config.ws());
    metrics.faults().expect(Step.labels());
    this.burst = new WriteBatch(framing, metrics.faults(), checkpoint);
    this.liveness = metrics.liveness().watch(config.http().livenessTimeout());
    this.turns =
        new RoundRobinScheduler(
            vertx, metrics, liveness, MemoryBudgets.turnBytes(config), checkpoint, delivery);
    this.queues = MemoryBudgets.queues(config, metrics);
    this.backlogs = MemoryBudgets.backlogs(config, metrics);
    this.eviction = new Eviction(queues, accounts.values());
    this.own =
        new AccountSessions(
            "", AccountMetrics.unlisted(), queues.new Part(), backlogs.new Part(), growth -> {});
    for (int bridge = 0; bridge < config.redis().bridges(); bridge++) {
      vertx
          .eventBus()
          .localConsumer(BusAddresses.canary(bridge), sent -> turns.take(own, new CanaryMessage()));
    }
    CloseReason.expectAll(metrics);
    this.request =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
    this.sweepTimer = vertx.setPeriodic(sweepInterval(config.ws()).toMillis(), timer -> sweep());
    long stats = config.ws().statsInterval().toMillis();
    this.statsTimer = stats == 0 ? -1 : vertx.setPeriodic(stats, timer -> tellStats());
  }

  WsSettings settings() {
    return config.ws();
  }

  Framing framing() {
    return framing;
  }

  Eviction eviction() {
    return eviction;
  }

  Metrics metrics() {
    return metrics;
  }

  Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Counts a fault, and logs it; does not throw. */
  void caught(Step step, AccountSessions account, Throwable fault) {
    metrics.faults().caught(step.label(), account.account, fault);
  }

  /** Runs a task when the one that runs now is over. */
  void later(Runnable task) {
    context.runOnContext(now -> task.run());
  }

  /**
   * Holds an account for a handshake: succeeds once Redis has confirmed that its events come here.
   * The hold passes to the session of {@link #enter}, or ends with {@link #release}.
   */
  Future<AccountSessions> hold(String account) {
    if (emptied != null) {
      return goingAway();
    }
    AccountSessions sessions = accounts.computeIfAbsent(account, this::listen);
    sessions.holds++;
    if (vertx.cancelTimer(sessions.lingerTimer)) {
      lingering--;
    }
    sessions.lingerTimer = -1;
    Future<AccountSessions> held;
    try {
      held =
          demand(account, true)
              // A stop in the meantime has closed all that were there, and would leave this one
              // out.
              .compose(here -> emptied == null ? Future.succeededFuture(sessions) : goingAway());
    } catch (Throwable fault) {
      held = Future.failedFuture(fault);
    }
    return held.onFailure(failure -> release(sessions));
  }

  private static Future<AccountSessions> goingAway() {
    return Future.failedFuture(
        new ReplyException(
            ReplyFailure.RECIPIENT_FAILURE,
            SubscriptionRequest.STOPPING,
            "this node is going away"));
  }

  /**
   * The memory that a filter of the account would take; none if a session here has an equal one.
   */
  long filterBytes(String account, EventFilter filter) {
    AccountSessions held = accounts.get(account);
    return held != null && held.sessions.has(filter) ? 0 : filter.estimatedBytes();
  }

  /** From now on the session is offered its account's events. */
  void enter(Session session, SubscribeOptions terms) {
    all.add(session);
    checkpoint.reached(Step.ENTER, session.account());
    EventFilter filter = session.account().sessions.add(terms.filter(), session);
    if (terms.gaps()) {
      session.account().gapListeners.add(session);
      session.account().interruptions.forEach(session::announce);
    }
    if (terms.stats()) {
      StatsReporter watcher = new StatsReporter(session, filter);
      session.account().watchers.add(watcher);
      watcher.tell();
    }
  }

  /** The session gets no more events. Takes effect after the event that is being delivered. */
  void leave(Session session) {
    checkpoint.reached(Step.LEAVE, session.account());
    context.runOnContext(
        later -> {
          AccountSessions left = session.account();
          try {
            left.gapListeners.remove(session);
            left.watchers.removeIf(watcher -> watcher.session == session);
            // Last, for it may throw when the session is out already.
            left.sessions.remove(session);
          } catch (Throwable fault) {
            caught(Step.LEAVE, left, fault);
          } finally {
            release(left);
          }
        });
  }

  /** Ends one hold; the last one gives the account up after the linger time. */
  void release(AccountSessions sessions) {
    if (--sessions.holds > 0) {
      return;
    }
    long linger = config.ws().subscriptionLinger().toMillis();
    if (linger == 0 || lingering == LINGERING_LIMIT) {
      giveUp(sessions);
    } else {
      try {
        sessions.lingerTimer =
            vertx.setTimer(
                linger,
                timer -> {
                  lingering--;
                  giveUp(sessions);
                });
        lingering++;
      } catch (Throwable fault) {
        // Without a timer it would stay for ever.
        caught(Step.LEAVE, sessions, fault);
        giveUp(sessions);
      }
    }
  }

  private void giveUp(AccountSessions sessions) {
    accounts.remove(sessions.account, sessions);
    Future<?> answer;
    try {
      answer = demand(sessions.account, false);
    } catch (Throwable fault) {
      caught(Step.LEAVE, sessions, fault);
      answer = Future.failedFuture(fault);
    }
    answer.onComplete(
        answered -> {
          try {
            if (sessions.consumer != null) {
              sessions.consumer.unregister();
            }
            turns.endShedding(sessions);
          } finally {
            metrics.books().release(sessions.book);
          }
        });
  }

  /** The session's connection is gone. */
  void ended(Session session) {
    context.runOnContext(
        later -> {
          all.remove(session);
          if (emptied != null && all.isEmpty()) {
            emptied.tryComplete();
          }
        });
  }

  /** Sends what waits for the end of the burst. */
  void flush() {
    burst.flush();
  }

  /**
   * Hands out what waits, closes every session with 1001, spread over {@code SHUTDOWN_SPREAD}, and
   * cuts those that are still there after the bound; succeeds when the last is gone. Nobody enters
   * any more, and those that are not closed yet get their events.
   */
  public Future<Void> stop(Duration bound) {
    Promise<Void> promise = Promise.promise();
    emptied = promise;
    liveness.stop();
    if (all.isEmpty()) {
      promise.complete();
    }
    GracefulClose departures = new GracefulClose(vertx, config.http().shutdownSpread());
    // Half of the time that is left is for the clients to read what is sent, and to answer.
    Duration drain = bound.minus(config.http().shutdownSpread()).dividedBy(2);
    turns
        .drain(new DrainPace(all, config.ws().queueLimitBytes()), drain)
        .onComplete(drained -> departures.begin(all.copy()));
    long cut = vertx.setTimer(Math.max(1, bound.toMillis()), late -> all.forEach(Session::cut));
    return promise
        .future()
        .onComplete(
            gone -> {
              departures.end();
              vertx.cancelTimer(cut);
              vertx.cancelTimer(sweepTimer);
              vertx.cancelTimer(statsTimer);
            });
  }

  private AccountSessions listen(String account) {
    AccountSessions sessions =
        new AccountSessions(
            account,
            metrics.books().hold(account),
            queues.new Part(),
            backlogs.new Part(),
            growth -> filterGrowth.accept(account, growth));
    sessions.consumer =
        vertx
            .eventBus()
            .localConsumer(
                BusAddresses.events(account), message -> turns.take(sessions, message.body()));
    return sessions;
  }

  private Future<Message<Void>> demand(String account, boolean wanted) {
    int bridge = BusAddresses.bridgeOf(account, config.redis().bridges());
    return vertx
        .eventBus()
        .request(
            BusAddresses.demand(bridge), new SubscriptionRequest(account, id, wanted), request);
  }

  private void tellStats() {
    for (AccountSessions sessions : accounts.values()) {
      sessions.watchers.forEach(StatsReporter::tell);
    }
  }

  private void sweep() {
    liveness.seen();
    try {
      checkpoint.reached(Step.SWEEP, null);
      turns.repair(accounts.values());
      metrics.liveness().faults();
    } catch (Throwable fault) {
      metrics.faults().caught(Step.SWEEP.label(), "", fault);
    }
    long now = System.nanoTime();
    long wall = System.currentTimeMillis();
    all.advance(SWEEP_PARTS, session -> tick(session, now, wall));
  }

  private static void tick(Session session, long nowNanos, long nowMillis) {
    try {
      session.tick(nowNanos, nowMillis);
    } catch (Throwable fault) {
      session.fault(Step.TICK, fault);
    }
  }

  /**
   * Between two parts of a round. A round comes often enough to be right within a quarter of the
   * shortest time, and takes a second at most.
   */
  private static Duration sweepInterval(WsSettings settings) {
    long shortest =
        Math.min(
            Math.min(settings.pingInterval().toMillis(), settings.pongTimeout().toMillis()),
            settings.closeTimeout().toMillis());
    return Duration.ofMillis(Math.min(1000, Math.max(SWEEP_PARTS, shortest / 4)) / SWEEP_PARTS);
  }

  /** The event that is being delivered: it joins the burst when the first session wants it. */
  private final class Delivery implements Consumer<Session>, RoundRobinScheduler.Stage {
    @Nullable AccountSessions account;
    @Nullable Event event;
    private int place;
    private int matched;

    /** Those that a fault keeps from it. */
    private int missed;

    @Override
    public int deliver(AccountSessions to, Event delivered) {
      account = to;
      event = delivered;
      Traces.Match traced = traced(to, delivered);
      try {
        to.sessions.match(delivered, this);
      } catch (Throwable fault) {
        Hub.this.caught(Step.MATCH, to, fault);
        // Nobody knows who of the others wanted it.
        missed = to.sessions.size() - matched;
        tellFault(to);
      }
      if (traced != null) {
        end(to, traced);
      }
      for (int i = 0; i < to.watchers.size(); i++) {
        to.watchers.get(i).count(delivered.attributes());
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
        Hub.this.caught(Step.TRACE, to, fault);
        return null;
      }
    }

    private void end(AccountSessions to, Traces.Match traced) {
      try {
        Traces.Write write = traced.end(to.sessions.size(), matched);
        if (write != null) {
          burst.trace(place, write);
        }
      } catch (Throwable fault) {
        Hub.this.caught(Step.TRACE, to, fault);
      }
    }

    /** Tells those of the account who want to know of gaps and have missed the event. */
    private void tellFault(AccountSessions to) {
      try {
        Moment now = metrics.gaps().clock().now();
        metrics
            .gaps()
            .close(metrics.gaps().open(Gap.Cause.FAULT, now, List.of(to.account)), now, 1);
        List<Session> without = new ArrayList<>(to.gapListeners);
        without.removeIf(session -> matched > 0 && session.wants(place));
        tell(without, new Gap(now, now, Gap.Cause.FAULT, 1));
      } catch (Throwable fault) {
        Hub.this.caught(Step.GAP, to, fault);
      }
    }

    @Override
    public void announce(AccountSessions account, Interruption interruption) {
      burst.flush();
      account.interruptions.add(interruption);
      for (int i = 0; i < account.gapListeners.size(); i++) {
        Session session = account.gapListeners.get(i);
        try {
          session.announce(interruption);
        } catch (Throwable fault) {
          session.fault(Step.GAP, fault);
        }
      }
    }

    @Override
    public void tell(AccountSessions account, Gap gap) {
      account.interruptions.removeIf(open -> open.isEndedBy(gap));
      tell(account.gapListeners, gap);
    }

    private void tell(List<Session> listeners, Gap gap) {
      burst.flush();
      for (int i = 0; i < listeners.size(); i++) {
        Session session = listeners.get(i);
        try {
          session.tell(gap);
        } catch (Throwable fault) {
          session.fault(Step.GAP, fault);
        }
      }
    }

    @Override
    public void probe() {
      Framing.probe();
    }

    @Override
    public boolean flush() {
      return burst.flush();
    }

    @Override
    public void caught(Step step, AccountSessions account, Throwable fault) {
      Hub.this.caught(step, account, fault);
    }

    @Override
    public void accept(Session session) {
      checkpoint.reached(Step.MATCH, session.account());
      try {
        checkpoint.reached(Step.WANT, session.account());
        if (matched == 0) {
          place = burst.add(Objects.requireNonNull(event), Objects.requireNonNull(account));
        }
        // First: a session that wants a place of a burst that does not know it would get whatever
        // has that place in the next one.
        if (!session.wantsAny()) {
          burst.add(session);
        }
        session.want(place);
        matched++;
      } catch (Throwable fault) {
        missed++;
        session.fault(Step.WANT, fault);
      }
    }

    /** How many sessions wanted it. */
    private int end(AccountSessions ended) {
      int wanted = matched + missed;
      int kept = missed;
      account = null;
      event = null;
      matched = 0;
      missed = 0;
      int present = ended.sessions.size();
      ended.book.received(present);
      ended.book.matched(wanted);
      ended.book.unmatched(present - wanted);
      metrics.matched(wanted);
      metrics.dropped(ended.book, CloseReason.INTERNAL.label(), kept);
      return wanted;
    }
  }
}
