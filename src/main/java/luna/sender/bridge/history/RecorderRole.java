package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.LinkListener;
import luna.sender.bridge.RedisErrors;
import luna.sender.bridge.RedisFailureReason;
import luna.sender.bridge.history.Takeover.Hole;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The role of a recorder: the leader, which has the lease and appends events, or a standby.
 *
 * <p>How: a standby whose subscription is confirmed tries to acquire the lease ({@link
 * LeaderElection}). After an acquisition, the {@link Takeover} begins when everything has arrived
 * that was published before.
 *
 * <p>Failover: only the former leader knows the positions of entries that a new master lacks. So it
 * acquires the lease there immediately, and the others wait for it. A recorder acquires a lease
 * only with both connections to the same master. Otherwise one could append at the former master
 * after the leader has left it. In a Cluster, every node receives all events, and fences ({@link
 * ScriptCalls}) prevent such appends.
 *
 * <p>Errors: the leader becomes a standby when its lease has another owner or cannot be renewed,
 * when a connection is lost, or when a command fails. It keeps its payloads, and acquires the lease
 * again if no other recorder does.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class RecorderRole implements LinkListener, EventSource.Listener, LeaderElection.Candidate {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
  private final Vertx vertx;
  private final HistorySettings settings;
  private final Metrics metrics;
  private final FaultGuard guard;
  private final boolean fenced;
  private final String publish;
  private final HistoryKeys names;
  private final HeardPayloads payloads;
  private final Coverage coverage;
  private final ServerClock clock = new ServerClock();
  private final EventSource events;
  private final CommandLink commands;
  private final LoadedScripts scripts;
  private final RecorderLease lease;
  private final LeaderElection election;
  private final EventIntake intake;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  private long timer = -1;

  /** When the last connection for commands was established. */
  private long connectedNanos;

  /** Null on a standby. */
  private @Nullable Leadership leadership;

  RecorderRole(Vertx vertx, RedisAddress address, HistorySettings settings, Metrics metrics) {
    this.vertx = vertx;
    this.settings = settings;
    this.metrics = metrics;
    this.guard = metrics.guard();
    this.fenced = address.cluster().isUsed();
    this.publish = address.cluster().sharded() ? "SPUBLISH" : "PUBLISH";
    this.names = new HistoryKeys(address.channelPrefix());
    this.payloads = new HeardPayloads(names, settings.retention());
    this.coverage = new Coverage(clock, payloads);
    this.events =
        address.cluster().sharded()
            ? new ShardedSubscription(vertx, address, settings.recordAccounts(), metrics, this)
            : new EventSubscription(vertx, address, metrics, this);
    this.commands = CommandLink.of(vertx, guard, address, "recorder", metrics.gaps().clock(), this);
    this.scripts = new LoadedScripts(vertx, guard, commands, this::tick);
    this.lease = new RecorderLease(commands::send, names, settings, clock, fenced);
    this.election = new LeaderElection(vertx, guard, settings, commands, lease, coverage, this);
    this.intake = new EventIntake(payloads, clock, election::ledNanos);
  }

  void start() {
    timer =
        guard.periodic(vertx, GuardedTask.RECORDER, LeaderElection.interval(settings), this::tick);
    events.start();
    commands.start();
    if (fenced) {
      // Each master gets them when it is connected, also if others are not.
      scripts.load();
    }
  }

  Future<?> stop() {
    vertx.cancelTimer(timer);
    return release("the service stops")
        .eventually(
            () -> {
              events.stop();
              commands.stop();
              return Future.succeededFuture();
            })
        .otherwiseEmpty();
  }

  @Override
  public void tick() {
    long now = System.nanoTime();
    events.retry(now);
    if (leadership != null) {
      leadership.retry();
      if (!fenced || commands.connected()) {
        payloads.removeAppended(now); // a new master may lack what was appended at a lost one
      }
      HeardPayload oldest = payloads.oldestWaiting();
      metrics.recorder().oldest(oldest == null ? 0 : oldest.nanos);
    } else {
      payloads.removeOld(election.ledNanos());
    }
    election.tick();
  }

  @Override
  public boolean isReady() {
    return fenced
        ? events.isConfirmed() && !commands.masters().isEmpty()
        : scripts.isComplete() && events.isConfirmedAtServerOf(commands);
  }

  @Override
  public long subscribedNanos() {
    long confirmed = events.confirmedNanos();
    // A new master of a Cluster may lack the lease, while the subscription is as before.
    return fenced && connectedNanos - confirmed > 0 ? connectedNanos : confirmed;
  }

  @Override
  public void elected(String heard) {
    Hole hole = coverage.hole(heard);
    ScriptCalls calls = new ScriptCalls(settings, publish, lease.token(), fenced);
    Leadership begun =
        new Leadership(
            vertx.getOrCreateContext(),
            metrics,
            commands,
            payloads,
            names,
            clock,
            calls,
            settings.recordAccounts(),
            hole,
            new Failures());
    leadership = begun;
    election.leads(true);
    metrics.recorder().leads(true);
    LOG.info("This node is the recorder of the history");
    if (hole != null) {
      log.atWarn("hole")
          .addKeyValue("milliseconds", new String(hole.text(), US_ASCII))
          .log("No recorder received the events of this time; recording a gap in each history");
    }
    events.afterPublished(
        () -> {
          if (leadership == begun) {
            begun.takeOver();
          }
        });
  }

  private final class Failures implements Leadership.Listener {
    @Override
    public void failed(Leadership failing, Throwable failure) {
      if (leadership == failing) {
        RecorderRole.this.failed(failure);
      }
    }

    @Override
    public void scriptMissing() {
      scripts.load();
    }
  }

  private void failed(Throwable failure) {
    String cause = RedisErrors.text(failure);
    // After an error, it is unknown which of the other calls have used their proposed positions.
    end(cause, !RedisErrors.isAnswer(failure));
    if (Script.isStale(failure)) {
      lease.exceed(Script.fence(failure));
    } else {
      log.atWarn("failed").addKeyValue("cause", cause).log("Recording failed; retrying");
      scripts.load();
    }
  }

  @Override
  public void deposed(String why) {
    end(why);
  }

  private void end(String why) {
    end(why, true);
  }

  /**
   * Becomes a standby. The lease remains until it expires or is acquired again.
   *
   * @param proposalsHold as {@link HeardPayloads#forgetStreams}
   */
  private void end(String why, boolean proposalsHold) {
    if (leadership == null) {
      return;
    }
    leadership.end();
    leadership = null;
    election.leads(false);
    payloads.forgetStreams(proposalsHold);
    metrics.recorder().leads(false);
    LOG.atInfo().addKeyValue("cause", why).log("This node is no longer the recorder");
  }

  /** Becomes a standby, and lets another recorder take over immediately. */
  private Future<?> release(String why) {
    if (leadership == null) {
      return Future.succeededFuture();
    }
    String heard = appendedUntil();
    end(why);
    return election.release(heard);
  }

  /** Becomes a standby, because another recorder may receive more. */
  private void resign(String why) {
    String heard = appendedUntil();
    end(why);
    guard.ask(GuardedTask.RECORDER, () -> election.releaseAtMaster(heard), released -> {});
  }

  @Override
  public String appendedUntil() {
    if (leadership == null || !leadership.isComplete()) {
      return "";
    }
    // The nodes of a Cluster need some time to pass a message on.
    long delay = fenced ? LeaderElection.interval(settings).toNanos() : 0;
    return coverage.appendedUntil(events.watermark().nanos() - delay);
  }

  @Override
  public void heard(String account, byte[] payload) {
    intake.heard(account, payload, leadership);
  }

  @Override
  public void confirmed() {
    coverage.begin(events.sinceNanos());
    tick();
  }

  @Override
  public void interrupted(DualTimestamp completeUntil) {
    coverage.interrupted(completeUntil.nanos());
    if (leadership == null) {
      guard.ask(GuardedTask.RECORDER, commands::verifyMaster, verified -> {});
      return;
    }
    resign("the subscription was interrupted");
  }

  @Override
  public void missed(DualTimestamp completeUntil) {
    coverage.interrupted(completeUntil.nanos());
    end("events of the former master may be missing");
    confirmed();
  }

  @Override
  public void partlyInterrupted() {
    if (leadership != null) {
      resign("some accounts are not subscribed");
    }
  }

  @Override
  public void resumed(String account, DualTimestamp since) {
    intake.missed(account, since, leadership);
  }

  @Override
  public void connected() {
    connectedNanos = System.nanoTime();
    scripts.load();
    if (fenced && leadership != null) {
      leadership.repairAll();
    }
  }

  @Override
  public void lost(Gap.Cause cause) {
    election.lost();
    if (fenced) {
      return; // other masters may work
    }
    scripts.lost();
    end("the connection to Redis was lost");
    guard.ask(GuardedTask.RECORDER, events::verifyMaster, verified -> {});
  }

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
  }

  @Override
  public void received(Response response) {}
}
