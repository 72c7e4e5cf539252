package luna.sender.bridge.history;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.RedisErrors;
import luna.sender.config.HistorySettings;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Acquires and renews the lease of a recorder, three times per {@code LEASE}.
 *
 * <p>How: a recorder that has just subscribed waits, because another one may have received more
 * ({@link Candidacy}). It acquires a lease only at the master that the Sentinels name. Otherwise it
 * could append at the former master after the leader has left it.
 *
 * <p>Errors: retried. A leader that cannot renew its lease notices that it expires.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class LeaderElection {
  private static final int TICKS_PER_LEASE = 3;

  /** How many ticks a recorder waits after it has subscribed. */
  private static final int SUBSCRIBED_WAIT = 4;

  private static final Duration EXPIRY_MARGIN = Duration.ofMillis(5);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Duration interval;
  private final CommandLink commands;
  private final RecorderLease lease;
  private final Coverage coverage;
  private final Candidacy candidacy;
  private final Candidate candidate;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  /** Whether the answer to a call of the lease's script is missing. */
  private boolean asking;

  private boolean leads;

  /** The recorder that takes part. */
  interface Candidate {
    /** Returns whether it receives events, and can append them. */
    boolean isReady();

    /** Returns when it began to receive events. */
    long subscribedNanos();

    /** Returns the time until which it has appended every event; empty during a takeover. */
    String appendedUntil();

    /**
     * Begins to lead.
     *
     * @param heard the time until which the recorders have appended every event, or empty
     */
    void elected(String heard);

    /** Becomes a standby. */
    void deposed(String why);

    /** Checks the lease again. */
    void tick();
  }

  LeaderElection(
      Vertx vertx,
      FaultGuard guard,
      HistorySettings settings,
      CommandLink commands,
      RecorderLease lease,
      Coverage coverage,
      Candidate candidate) {
    this.vertx = vertx;
    this.guard = guard;
    this.interval = interval(settings);
    this.commands = commands;
    this.lease = lease;
    this.coverage = coverage;
    this.candidacy = new Candidacy(interval.multipliedBy(SUBSCRIBED_WAIT));
    this.candidate = candidate;
  }

  /** Returns the time between two ticks. */
  static Duration interval(HistorySettings settings) {
    return settings.lease().dividedBy(TICKS_PER_LEASE);
  }

  /** Records whether this recorder leads. */
  void leads(boolean now) {
    leads = now;
    if (now) {
      candidacy.leads();
    }
  }

  /** Returns when another leader was last seen. */
  long ledNanos() {
    return candidacy.ledNanos();
  }

  /** Records that the connection for commands is lost. */
  void lost() {
    candidacy.lost();
  }

  /** Acquires the lease if that is possible, or renews it. */
  void tick() {
    if (leads && lease.isExpired(System.nanoTime())) {
      candidate.deposed("the lease could not be renewed");
    }
    if (!asking && candidate.isReady()) {
      asking = true;
      if (leads) {
        guard.ask(GuardedTask.RECORDER, this::renew, this::renewed);
      } else {
        guard.ask(GuardedTask.RECORDER, this::acquire, this::acquired);
      }
    }
  }

  private Future<RecorderLease.Answer> renew() {
    String heard = candidate.appendedUntil();
    candidacy.writes(heard);
    return lease.renew(heard);
  }

  private Future<RecorderLease.Answer> acquire() {
    return lease
        .look()
        .compose(
            seen -> {
              coverage.heard(seen.heard());
              candidacy.seen(seen);
              if (seen.isTaken()
                  || candidacy.waits(candidate.subscribedNanos(), System.nanoTime())) {
                return Future.succeededFuture(seen);
              }
              return commands
                  .verifyMaster()
                  .otherwise(true)
                  .compose(
                      current ->
                          current ? lease.acquire(coverage.since()) : Future.succeededFuture(seen));
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
    } else if (answer.result().acquired() && candidate.isReady()) {
      candidate.elected(answer.result().heard());
    }
  }

  /** Tries again when the lease expires, if that is before the next tick. */
  private void acquireAtExpiry(Duration expiry) {
    Duration due = expiry.plus(EXPIRY_MARGIN);
    if (due.compareTo(interval) < 0) {
      guard.timer(vertx, GuardedTask.RECORDER, due, candidate::tick);
    }
  }

  private void renewed(AsyncResult<RecorderLease.Answer> answer) {
    asking = false;
    if (answer.succeeded() && !answer.result().granted() && leads) {
      candidate.deposed("the lease has another owner");
    }
  }

  /**
   * Lets another recorder acquire the lease immediately.
   *
   * @param heard as {@link Candidate#appendedUntil}
   */
  Future<?> release(String heard) {
    candidacy.writes(heard);
    return lease.release(heard);
  }

  /**
   * Releases the lease if Redis has not failed over. At a former master, another recorder could
   * acquire it, and append what this one appends at the new master.
   */
  Future<?> releaseAtMaster(String heard) {
    return commands
        .verifyMaster()
        .compose(
            current -> current && !leads ? release(heard).mapEmpty() : Future.succeededFuture());
  }
}
