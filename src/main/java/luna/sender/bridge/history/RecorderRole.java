package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.AsyncResult;
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
 * <p>How: a standby whose subscription is confirmed tries to acquire the lease three times per
 * {@code LEASE}, and the leader renews it as often. A recorder that has just subscribed waits,
 * because another one may have received more. After an acquisition, the {@link Takeover} begins
 * when everything has arrived that was published before.
 *
 * <p>Failover: only the former leader knows the positions of entries that a new master lacks. So it
 * acquires the lease there immediately, and the others wait for it. A recorder acquires a lease
 * only at the master that the Sentinels name, and with both connections. Otherwise one could append
 * at the former master after the leader has left it.
 *
 * <p>Errors: the leader becomes a standby when its lease has another owner or cannot be renewed,
 * when a connection is lost, or when a command fails. It keeps its payloads, and acquires the lease
 * again if no other recorder does.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class RecorderRole
    implements LinkListener, EventSubscription.Listener, LeaderElection.Candidate {
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
  private final EventSubscription events;
  private final CommandLink commands;
  private final LoadedScripts scripts;
  private final RecorderLease lease;
  private final LeaderElection election;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  private long timer = -1;

  /** The takeover of the leader; null on a standby. */
  private @Nullable Takeover takeover;

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
    this.events = new EventSubscription(vertx, address, metrics, this);
    this.commands = CommandLink.of(vertx, guard, address, "recorder", metrics.gaps().clock(), this);
    this.scripts = new LoadedScripts(vertx, guard, commands, this::tick);
    this.lease = new RecorderLease(commands::send, names, settings, clock, fenced);
    this.election = new LeaderElection(vertx, guard, settings, commands, lease, coverage, this);
  }

  void start() {
    timer =
        guard.periodic(vertx, GuardedTask.RECORDER, LeaderElection.interval(settings), this::tick);
    events.start();
    commands.start();
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
    if (takeover != null) {
      payloads.removeAppended(now);
      HeardPayload oldest = payloads.oldestWaiting();
      metrics.recorder().oldest(oldest == null ? 0 : oldest.nanos);
    } else {
      payloads.removeOld(election.ledNanos());
    }
    election.tick();
  }

  @Override
  public boolean isReady() {
    return scripts.isComplete() && events.isConfirmedAtServerOf(commands);
  }

  @Override
  public long subscribedNanos() {
    return events.confirmedNanos();
  }

  @Override
  public void elected(String heard) {
    Hole hole = coverage.hole(heard);
    ScriptCalls calls = new ScriptCalls(settings, publish, lease.token(), fenced);
    AppendQueue queue =
        new AppendQueue(
            commands::batch,
            vertx.getOrCreateContext(),
            guard,
            metrics.recorder(),
            clock,
            calls,
            failure -> failed(failure));
    StreamRepair repair = new StreamRepair(commands::send, calls, clock, metrics.recorder());
    Takeover begun =
        new Takeover(payloads, repair, new StreamScan(commands.masters(), names), queue, hole, fenced);
    takeover = begun;
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
          if (takeover == begun) {
            guard.ask(GuardedTask.RECORDER, begun::run, done -> tookOver(begun, done));
          }
        });
  }

  private void tookOver(Takeover begun, AsyncResult<Void> done) {
    if (done.failed() && takeover == begun) {
      failed(done.cause());
    }
  }

  private void failed(Throwable failure) {
    if (takeover == null) {
      return;
    }
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
    if (takeover == null) {
      return;
    }
    takeover.end();
    takeover = null;
    election.leads(false);
    payloads.forgetStreams(proposalsHold);
    metrics.recorder().leads(false);
    LOG.atInfo().addKeyValue("cause", why).log("This node is no longer the recorder");
  }

  /** Becomes a standby, and lets another recorder take over immediately. */
  private Future<?> release(String why) {
    if (takeover == null) {
      return Future.succeededFuture();
    }
    String heard = appendedUntil();
    end(why);
    return election.release(heard);
  }

  @Override
  public String appendedUntil() {
    if (takeover == null || !takeover.isComplete()) {
      return "";
    }
    return coverage.appendedUntil(events.watermark().nanos());
  }

  @Override
  public void heard(String id, byte[] payload) {
    long now = System.nanoTime();
    if (payloads.isFull()) {
      makeRoom(now);
    }
    Takeover leader = takeover;
    RecordedAccount account = payloads.account(id);
    if (leader == null) {
      payloads.add(account, payload, false, now);
      return;
    }
    if (account.isRecorded(payload, now)) {
      return;
    }
    if (account.isEmpty() && leader.isPrepared()) {
      account.prepared = true;
    }
    HeardPayload added =
        payloads.isFull()
            ? payloads.addLoss(account, clock, now)
            : payloads.add(account, payload, false, now);
    if (added != null) {
      guard.ask(GuardedTask.RECORDER, () -> leader.add(added), done -> tookOver(leader, done));
    }
  }

  private void makeRoom(long now) {
    if (takeover == null) {
      payloads.removeOld(election.ledNanos());
      return;
    }
    payloads.removeAppended(now);
    if (payloads.isFull()) {
      log.atWarn("full").log("Redis appends too slowly; dropping events, with a gap");
    }
  }

  @Override
  public void confirmed() {
    coverage.begin(events.sinceNanos());
    tick();
  }

  @Override
  public void interrupted(DualTimestamp completeUntil) {
    coverage.interrupted(completeUntil.nanos());
    if (takeover == null) {
      guard.ask(GuardedTask.RECORDER, commands::verifyMaster, verified -> {});
      return;
    }
    String heard = appendedUntil();
    end("the subscription was interrupted");
    guard.ask(GuardedTask.RECORDER, () -> election.releaseAtMaster(heard), released -> {});
  }

  @Override
  public void missed(DualTimestamp completeUntil) {
    coverage.interrupted(completeUntil.nanos());
    end("events of the former master may be missing");
    confirmed();
  }

  @Override
  public void connected() {
    scripts.load();
  }

  @Override
  public void lost(Gap.Cause cause) {
    election.lost();
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
