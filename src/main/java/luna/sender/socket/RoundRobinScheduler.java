package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import luna.sender.event.CanaryMessage;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.StreamItem;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * What comes over the bus waits here until all that is there has come, so that it leaves together,
 * and until its account's turn comes, so that one account's flood does not hold up the others.
 *
 * <p>Shape: in a turn each account that has something has one event handed on, and again, until
 * {@value WriteBatch#LIMIT} are, or until their frames need all the memory that a turn may have;
 * where accounts share the event loop, a turn ends after some {@value #SHARED_TURN} deliveries.
 * Between two turns the event loop looks after its sockets.
 *
 * <p>Errors: what may wait is bounded by {@link LoadShedder}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class RoundRobinScheduler {
  /** Some 15 ms; a quarter of it would halve what a flooded account gets. */
  private static final int SHARED_TURN = 16_384;

  /** Between two looks at what the clients have read. */
  private static final Duration PACE = Duration.ofMillis(5);

  private static final long SHARED_NANOS = Duration.ofSeconds(1).toNanos();

  /** Where the turns are taken; none of these throws. */
  interface Stage {
    /** Hands an event to those who want it; how many those are. */
    int deliver(AccountSessions account, Event event);

    /** Announces an interruption, behind all that was delivered before. */
    void announce(AccountSessions account, Interruption interruption);

    /** Tells of a gap, behind all that was delivered before. */
    void tell(AccountSessions account, Gap gap);

    /** Makes a canary's frame, which goes nowhere. */
    void probe();

    /**
     * Sends what was delivered.
     *
     * @return whether something was sent, or nothing had to be
     */
    boolean flush();

    /** Counts a fault. */
    void caught(Step step, AccountSessions account, Throwable fault);
  }

  private final Vertx vertx;
  private final Context context;
  private final Stage stage;
  private final Checkpoint checkpoint;
  private final NextIteration loop;
  private final long turnBytes;
  private final Liveness.Loop liveness;

  /** Accounts with something that waits, each once. */
  private final Deque<AccountSessions> ready = new ArrayDeque<>();

  private final LoadShedder shedding;

  /** A turn is coming: one at a time, or they would leave the sockets no time between them. */
  private boolean scheduled;

  /** Something could not be put in its place, and the sweep has to. */
  private boolean stuck;

  /** While the hub stops. */
  private @Nullable DrainPace pace;

  private @Nullable Promise<Void> drained;

  private @Nullable AccountSessions last;
  private long sharedUntilNanos = System.nanoTime();

  /**
   * Turns on the current event loop.
   *
   * @param turnBytes so many bytes of events end a turn
   */
  RoundRobinScheduler(
      Vertx vertx,
      Metrics metrics,
      Liveness.Loop liveness,
      long turnBytes,
      Checkpoint checkpoint,
      Stage stage) {
    this.liveness = liveness;
    this.turnBytes = turnBytes;
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.checkpoint = checkpoint;
    this.stage = stage;
    this.loop = new NextIteration(vertx);
    this.shedding = new LoadShedder(metrics, ready);
  }

  /** Takes what came over the bus; what can't be taken is shed. */
  void take(AccountSessions account, StreamItem occurrence) {
    try {
      checkpoint.reached(Step.TAKE, account);
      if (!(occurrence instanceof Event event) || admits(account, event)) {
        account.add(occurrence);
      }
    } catch (Throwable fault) {
      stage.caught(Step.TAKE, account, fault);
      if (occurrence instanceof Event) {
        lose(account);
      }
    }
    liveness.owes();
    queue(account);
  }

  private boolean admits(AccountSessions account, Event event) {
    checkpoint.reached(Step.ADMIT, account);
    return shedding.admits(account, event);
  }

  /** Gives the account its turn, if something of it waits. */
  private void queue(AccountSessions account) {
    if (!account.isWaiting()) {
      return;
    }
    try {
      if (!account.ready) {
        if (account.isOwn()) {
          // A canary is owed in a time that does not grow with what others have waiting.
          ready.addFirst(account);
        } else {
          ready.add(account);
        }
        account.ready = true;
      }
      schedule(account);
    } catch (Throwable fault) {
      stuck = true;
      stage.caught(Step.SCHEDULE, account, fault);
    }
  }

  private void schedule(AccountSessions account) {
    if (!scheduled) {
      checkpoint.reached(Step.SCHEDULE, account);
      context.runOnContext(now -> turn());
      scheduled = true;
    }
  }

  /** An event was lost by a fault of ours before it was matched. */
  private void lose(AccountSessions account) {
    try {
      shedding.shed(account, Gap.Cause.FAULT);
      if (!account.isWaiting()) {
        endShedding(account);
      }
    } catch (Throwable fault) {
      stage.caught(Step.TAKE, account, fault);
    }
  }

  /** Closes the gap of the events that were shed, if there is one, and puts it in its place. */
  void endShedding(AccountSessions account) {
    try {
      shedding.end(account);
    } finally {
      queue(account);
    }
  }

  /**
   * Hands on what waits at the pace of the clients, until nothing does or the time is over.
   *
   * @return succeeds then
   */
  Future<Void> drain(DrainPace clients, Duration bound) {
    Promise<Void> ended = Promise.promise();
    pace = clients;
    long timer = vertx.setTimer(Math.max(1, bound.toMillis()), late -> ended.tryComplete());
    drained = ended;
    if (ready.isEmpty()) {
      ended.complete();
    }
    return ended
        .future()
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              pace = null;
            });
  }

  /**
   * Puts back in its place what a fault has put out of it.
   *
   * @param accounts all that there are
   */
  void repair(Collection<AccountSessions> accounts) {
    if (stuck) {
      stuck = false;
      accounts.forEach(this::queue);
    }
  }

  private void turn() {
    try {
      if (pace == null || pace.isClear(nextBytes())) {
        takeTurns();
      }
    } finally {
      scheduled = false;
      again();
    }
  }

  private void again() {
    AccountSessions next = ready.peek();
    if (next == null) {
      if (drained != null) {
        drained.tryComplete();
      }
      return;
    }
    try {
      checkpoint.reached(Step.SCHEDULE, next);
      if (pace == null) {
        loop.later(this::turn, this::refused);
      } else {
        vertx.setTimer(PACE.toMillis(), due -> turn());
      }
      scheduled = true;
    } catch (Throwable fault) {
      refused(fault);
    }
  }

  private void refused(Throwable fault) {
    scheduled = false;
    stuck = true;
    AccountSessions next = ready.peek();
    if (next != null) {
      stage.caught(Step.SCHEDULE, next, fault);
    }
  }

  /** The ready accounts' events, one of each in a round, and then their frames. */
  private void takeTurns() {
    int left = WriteBatch.LIMIT;
    long deliveries = 0;
    long bytes = 0;
    long limitBytes =
        pace == null ? turnBytes : Math.min(turnBytes, pace.turnLimitBytes(nextBytes()));
    boolean canary = false;
    int faults = 0;
    int handedOn = 0;
    while (left-- > 0 && !ready.isEmpty() && !isTooMuch(bytes, limitBytes)) {
      AccountSessions account = ready.remove();
      account.ready = false;
      try {
        checkpoint.reached(Step.NEXT, account);
        StreamItem next = account.next();
        if (next instanceof Event event) {
          int wanted = stage.deliver(account, event);
          deliveries += wanted;
          bytes += wanted == 0 ? 0 : Framing.frameLimitBytes(event);
          if (bytes >= limitBytes) {
            left = 0;
          }
          if (isShared(account, event) && deliveries >= SHARED_TURN) {
            left = 0;
          }
        } else if (next instanceof Interruption interruption) {
          stage.announce(account, interruption);
        } else if (next instanceof Gap gap) {
          stage.tell(account, gap);
        } else if (next instanceof CanaryMessage) {
          stage.probe();
          canary = true;
        }
        handedOn++;
        if (!account.isWaiting()) {
          endShedding(account);
        }
      } catch (Throwable fault) {
        faults++;
        stage.caught(Step.NEXT, account, fault);
      } finally {
        rejoin(account);
      }
    }
    if (stage.flush() && (handedOn > 0 || faults == 0)) {
      liveness.delivered(!ready.isEmpty());
    }
    if (canary) {
      liveness.canaryArrived();
    }
  }

  /** Of the event that is handed on next. */
  private long nextBytes() {
    AccountSessions next = ready.peek();
    return next == null ? 0 : next.nextBytes();
  }

  /** Whether a client that keeps the pace might have no room for one event more. */
  private boolean isTooMuch(long bytes, long limitBytes) {
    return pace != null && bytes > 0 && bytes + nextBytes() > limitBytes;
  }

  private void rejoin(AccountSessions account) {
    if (account.isWaiting() && !account.ready) {
      try {
        ready.add(account);
        account.ready = true;
      } catch (Throwable fault) {
        stuck = true;
        stage.caught(Step.NEXT, account, fault);
      }
    }
  }

  /** Whether more than one account has had events within the last second or so. */
  private boolean isShared(AccountSessions account, Event event) {
    if (account != last) {
      last = account;
      sharedUntilNanos = event.receivedNanos() + SHARED_NANOS;
    }
    return sharedUntilNanos - event.receivedNanos() > 0;
  }
}
