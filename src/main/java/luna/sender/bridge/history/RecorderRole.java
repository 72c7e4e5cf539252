package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.time.Duration;
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
final class RecorderRole implements LinkListener, EventSubscription.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
  private static final int TICKS_PER_LEASE = 3;

  /** How many ticks a recorder waits after it has subscribed. */
  private static final int SUBSCRIBED_WAIT = 4;

  private static final Duration EXPIRY_MARGIN = Duration.ofMillis(5);

  private final Vertx vertx;
  private final HistorySettings settings;
  private final Metrics metrics;
  private final FaultGuard guard;
  private final HistoryKeys names;
  private final HeardPayloads payloads;
  private final Coverage coverage;
  private final ServerClock clock = new ServerClock();
  private final EventSubscription events;
  private final CommandLink commands;
  private final LoadedScripts scripts;
  private final RecorderLease lease;
  private final Candidacy candidacy;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  private long timer = -1;

  /** Whether the answer to a call of the lease's script is missing. */
  private boolean asking;

  /** The takeover of the leader; null on a standby. */
  private @Nullable Takeover takeover;

  RecorderRole(Vertx vertx, RedisAddress address, HistorySettings settings, Metrics metrics) {
    this.vertx = vertx;
    this.settings = settings;
    this.metrics = metrics;
    this.guard = metrics.guard();
    this.names = new HistoryKeys(address.channelPrefix());
    this.payloads = new HeardPayloads(names, settings.retention());
    this.coverage = new Coverage(clock, payloads);
    this.events = new EventSubscription(vertx, address, metrics, this);
    this.commands = CommandLink.of(vertx, guard, address, "recorder", metrics.gaps().clock(), this);
    this.scripts = new LoadedScripts(vertx, guard, commands, this::tick);
    this.lease = new RecorderLease(commands::send, names, settings, clock);
    this.candidacy = new Candidacy(interval().multipliedBy(SUBSCRIBED_WAIT));
  }

  void start() {
    timer = guard.periodic(vertx, GuardedTask.RECORDER, interval(), this::tick);
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

  private Duration interval() {
    return settings.lease().dividedBy(TICKS_PER_LEASE);
  }

  private void tick() {
    long now = System.nanoTime();
    events.retry(now);
    if (takeover != null) {
      payloads.removeAppended(now);
      HeardPayload oldest = payloads.oldestWaiting();
      metrics.recorder().oldest(oldest == null ? 0 : oldest.nanos);
      if (lease.isExpired(now)) {
        end("the lease could not be renewed");
      }
    } else {
      payloads.removeOld(candidacy.ledNanos());
    }
    if (!asking && scripts.isComplete() && events.isConfirmedAtServerOf(commands)) {
      asking = true;
      if (takeover == null) {
        guard.ask(GuardedTask.RECORDER, this::acquire, this::acquired);
      } else {
        guard.ask(GuardedTask.RECORDER, () -> lease.renew(appendedUntil()), this::renewed);
      }
    }
  }

  /** Acquires the lease if that is possible. */
  private Future<RecorderLease.Answer> acquire() {
    return lease
        .look()
        .compose(
            seen -> {
              coverage.heard(seen.heard());
              candidacy.seen(seen);
              if (seen.isTaken() || candidacy.waits(events.confirmedNanos(), System.nanoTime())) {
                return Future.succeededFuture(seen);
              }
              return commands
                  .verifyMaster()
                  .otherwise(true)
                  .compose(current -> current ? lease.acquire() : Future.succeededFuture(seen));
            });
  }

  private void acquired(AsyncResult<RecorderLease.Answer> answer) {
    asking = false;
    if (answer.failed()) {
      log.atInfo("acquire")
          .addKeyValue("cause", RedisErrors.text(answer.cause()))
          .log("The lease of the recorder cannot be acquired; retrying");
      return;
    }
    if (answer.result().isTaken()) {
      candidacy.seen(answer.result());
      acquireAtExpiry(answer.result().expiry());
    } else if (answer.result().acquired()
        && scripts.isComplete()
        && events.isConfirmedAtServerOf(commands)) {
      lead(answer.result().heard());
    }
  }

  /** Tries again when the lease expires, if that is before the next tick. */
  private void acquireAtExpiry(Duration expiry) {
    Duration due = expiry.plus(EXPIRY_MARGIN);
    if (due.compareTo(interval()) < 0) {
      guard.timer(vertx, GuardedTask.RECORDER, due, this::tick);
    }
  }

  private void renewed(AsyncResult<RecorderLease.Answer> answer) {
    asking = false;
    if (answer.succeeded() && !answer.result().granted() && takeover != null) {
      end("the lease has another owner");
    }
  }

  private void lead(String heard) {
    Hole hole = coverage.hole(heard);
    AppendQueue queue =
        new AppendQueue(
            commands::batch,
            vertx.getOrCreateContext(),
            guard,
            metrics.recorder(),
            settings,
            clock,
            lease.token(),
            failure -> failed(failure));
    StreamRepair repair =
        new StreamRepair(commands::send, settings, clock, lease.token(), metrics.recorder());
    Takeover begun =
        new Takeover(payloads, repair, new StreamScan(commands.masters(), names), queue, hole);
    takeover = begun;
    candidacy.leads();
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
    if (!Script.isStale(failure)) {
      log.atWarn("failed").addKeyValue("cause", cause).log("Recording failed; retrying");
      scripts.load();
    }
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
    return lease.release(heard);
  }

  /**
   * Releases the lease if Redis has not failed over. At a former master, another recorder could
   * acquire it, and append what this one appends at the new master.
   *
   * @param heard as {@link #appendedUntil}
   */
  private Future<?> releaseAtMaster(String heard) {
    return commands
        .verifyMaster()
        .compose(
            current ->
                current && takeover == null
                    ? lease.release(heard).mapEmpty()
                    : Future.succeededFuture());
  }

  /** Returns the time until which every event is appended; empty during a takeover. */
  private String appendedUntil() {
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
      payloads.removeOld(candidacy.ledNanos());
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
    guard.ask(GuardedTask.RECORDER, () -> releaseAtMaster(heard), released -> {});
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
    candidacy.lost();
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
