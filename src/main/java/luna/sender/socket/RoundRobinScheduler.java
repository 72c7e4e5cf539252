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
import luna.sender.event.Healed;
import luna.sender.event.Interruption;
import luna.sender.event.StreamItem;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Batches the events of one loop iteration and serves accounts round-robin, so a busy account
 * cannot starve the others.
 *
 * <p>How: work is done in turns. In each round of a turn, one item of every account with queued
 * items is handled. A turn ends after {@value WriteBatch#LIMIT} items, or when their frames would
 * exceed the memory of a turn. If several accounts share the event loop, it also ends after about
 * {@value #SHARED_DELIVERIES_LIMIT} deliveries. Between two turns, the event loop serves its
 * sockets.
 *
 * <p>Events for the same clients leave together, at the end of the turn. If no queued event is for
 * clients that already have one in this turn, each event leaves before the next one is matched.
 *
 * <p>Why: joined frames save most of a delivery's cost. But without any, a burst of single frames
 * costs the kernel more than the same frames with work between them: the next frame arrives before
 * the client has read the one before, which causes more packets (measured with 2,000 clients whose
 * filters pass 1 %: 7.4 us per delivery instead of 9.1).
 *
 * <p>Errors: {@link LoadShedder} bounds the queued items.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class RoundRobinScheduler {
  /**
   * About 15 ms of work. A limit of 4,096 halved the throughput of a flooded account (measured).
   */
  private static final int SHARED_DELIVERIES_LIMIT = 16_384;

  /** The interval at which a stopping hub checks what its clients have read. */
  private static final Duration PACE_CHECK_INTERVAL = Duration.ofMillis(5);

  private static final long SHARED_NANOS = Duration.ofSeconds(1).toNanos();

  /** Handles the items of a turn. The methods do not throw. */
  interface Handler {
    /** Delivers an event to the sessions that match. Returns their number. */
    int deliver(AccountSessions account, Event event);

    /** Sends an interruption after all that was delivered before. */
    void sendInterruption(AccountSessions account, Interruption interruption);

    /** Sends a gap after all that was delivered before. */
    void sendGap(AccountSessions account, Gap gap);

    /** Sends the end of an interruption without loss, after all that was delivered before. */
    void sendHealed(AccountSessions account, Healed healed);

    /** Allocates a frame for a canary, without sending it. */
    void probe();

    /**
     * Sends the frames that were delivered.
     *
     * @return whether something was sent, or nothing had to be sent
     */
    boolean flush();
  }

  private final Vertx vertx;
  private final Context context;
  private final HubFaults faults;
  private final Handler handler;
  private final FaultInjectionPoint injectionPoint;
  private final NextIteration loop;
  private final long turnBytes;
  private final Liveness.Loop liveness;

  /** Accounts with queued items, each at most once. */
  private final Deque<AccountSessions> ready = new ArrayDeque<>();

  private final LoadShedder shedding;

  /**
   * Whether a turn is scheduled. At most one is; more would leave the sockets no time between them.
   */
  private boolean scheduled;

  /** Whether an account with queued items could not be scheduled, so the next sweep must do it. */
  private boolean needsRepair;

  /** Set while the hub is stopping. */
  private @Nullable ShutdownPacer pace;

  private @Nullable Promise<Void> drained;

  private @Nullable AccountSessions lastAccount;
  private long sharedUntilNanos = System.nanoTime();

  /**
   * Creates a scheduler on the current event loop.
   *
   * @param turnBytes the size of a turn's events at which the turn ends
   */
  RoundRobinScheduler(
      Vertx vertx,
      Metrics metrics,
      HubFaults faults,
      Liveness.Loop liveness,
      long turnBytes,
      FaultInjectionPoint injectionPoint,
      Handler handler) {
    this.liveness = liveness;
    this.turnBytes = turnBytes;
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.injectionPoint = injectionPoint;
    this.faults = faults;
    this.handler = handler;
    this.loop = new NextIteration(vertx);
    this.shedding = new LoadShedder(metrics, ready);
  }

  /** Queues an item from the event bus. An event that does not fit is shed. */
  void submit(AccountSessions account, StreamItem item) {
    try {
      injectionPoint.reached(Step.RECEIVE, account);
      if (!(item instanceof Event event) || admits(account, event)) {
        account.add(item);
      }
    } catch (Throwable fault) {
      faults.caught(Step.RECEIVE, account, fault);
      if (item instanceof Event) {
        shedByFault(account);
      }
    }
    liveness.workPending();
    enqueue(account);
  }

  private boolean admits(AccountSessions account, Event event) {
    injectionPoint.reached(Step.ADMIT, account);
    return shedding.admits(account, event);
  }

  /** Schedules the account if it has queued items. */
  private void enqueue(AccountSessions account) {
    if (!account.hasQueuedItems()) {
      return;
    }
    try {
      if (!account.ready) {
        if (account.isInternal()) {
          // A canary's deadline must not depend on how many items of accounts are queued.
          ready.addFirst(account);
        } else {
          ready.add(account);
        }
        account.ready = true;
      }
      schedule(account);
    } catch (Throwable fault) {
      needsRepair = true;
      faults.caught(Step.SCHEDULE, account, fault);
    }
  }

  private void schedule(AccountSessions account) {
    if (!scheduled) {
      injectionPoint.reached(Step.SCHEDULE, account);
      context.runOnContext(now -> onTurn());
      scheduled = true;
    }
  }

  /** Counts an event that was lost by an internal fault before it was matched. */
  private void shedByFault(AccountSessions account) {
    try {
      shedding.shed(account, Gap.Cause.FAULT);
      if (!account.hasQueuedItems()) {
        endShedding(account);
      }
    } catch (Throwable fault) {
      faults.caught(Step.RECEIVE, account, fault);
    }
  }

  /** Ends the gap of shed events, if one is open, and queues it. */
  void endShedding(AccountSessions account) {
    try {
      shedding.end(account);
    } finally {
      enqueue(account);
    }
  }

  /**
   * Handles the queued items at the pace of the clients.
   *
   * @return succeeds when nothing is queued or the time is over
   */
  Future<Void> drain(ShutdownPacer clients, Duration bound) {
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
   * Schedules the accounts that a fault kept out of the queue.
   *
   * @param accounts all accounts of the hub
   */
  void repair(Collection<AccountSessions> accounts) {
    if (needsRepair) {
      needsRepair = false;
      accounts.forEach(this::enqueue);
    }
  }

  private void onTurn() {
    try {
      if (pace == null || pace.allowsTurn(nextBytes())) {
        runTurn();
      }
    } finally {
      scheduled = false;
      scheduleNext();
    }
  }

  private void scheduleNext() {
    AccountSessions next = ready.peek();
    if (next == null) {
      if (drained != null) {
        drained.tryComplete();
      }
      return;
    }
    try {
      injectionPoint.reached(Step.SCHEDULE, next);
      if (pace == null) {
        loop.execute(this::onTurn, this::onRejected);
      } else {
        vertx.setTimer(PACE_CHECK_INTERVAL.toMillis(), due -> onTurn());
      }
      scheduled = true;
    } catch (Throwable fault) {
      onRejected(fault);
    }
  }

  private void onRejected(Throwable fault) {
    scheduled = false;
    needsRepair = true;
    AccountSessions next = ready.peek();
    if (next != null) {
      faults.caught(Step.SCHEDULE, next, fault);
    }
  }

  /** Handles one item of each ready account per round, and then sends the frames. */
  private void runTurn() {
    int left = WriteBatch.LIMIT;
    long deliveries = 0;
    long bytes = 0;
    long limitBytes =
        pace == null ? turnBytes : Math.min(turnBytes, pace.turnLimitBytes(nextBytes()));
    boolean canary = false;
    int failed = 0;
    int handled = 0;
    boolean joins = false;
    boolean sent = false;
    boolean sendFailed = false;
    while (left-- > 0 && !ready.isEmpty() && !exceedsLimit(bytes, limitBytes)) {
      AccountSessions account = ready.remove();
      account.ready = false;
      try {
        injectionPoint.reached(Step.DEQUEUE, account);
        StreamItem next = account.next();
        if (next instanceof Event event) {
          int wanted = handler.deliver(account, event);
          deliveries += wanted;
          bytes += wanted == 0 ? 0 : Framing.frameLimitBytes(event);
          if (bytes >= limitBytes) {
            left = 0;
          }
          if (isShared(account, event) && deliveries >= SHARED_DELIVERIES_LIMIT) {
            left = 0;
          }
          joins |= account.expectsJoinedFrames(wanted);
          if (wanted > 0 && !joins) {
            boolean anySent = handler.flush();
            sent |= anySent;
            sendFailed |= !anySent;
          }
        } else if (next instanceof Interruption interruption) {
          handler.sendInterruption(account, interruption);
        } else if (next instanceof Gap gap) {
          handler.sendGap(account, gap);
        } else if (next instanceof Healed healed) {
          handler.sendHealed(account, healed);
        } else if (next instanceof CanaryMessage) {
          handler.probe();
          canary = true;
        }
        handled++;
        if (!account.hasQueuedItems()) {
          endShedding(account);
        }
      } catch (Throwable fault) {
        failed++;
        faults.caught(Step.DEQUEUE, account, fault);
      } finally {
        requeue(account);
      }
    }
    boolean lastSent = handler.flush();
    if ((sent || (lastSent && !sendFailed)) && (handled > 0 || failed == 0)) {
      liveness.delivered(!ready.isEmpty());
    }
    if (canary) {
      liveness.canaryArrived();
    }
  }

  /** Returns the maximum frame size of the next item. */
  private long nextBytes() {
    AccountSessions next = ready.peek();
    return next == null ? 0 : next.nextBytes();
  }

  /** Returns whether one more event might not fit into the queue of a client that keeps pace. */
  private boolean exceedsLimit(long bytes, long limitBytes) {
    return pace != null && bytes > 0 && bytes + nextBytes() > limitBytes;
  }

  private void requeue(AccountSessions account) {
    if (account.hasQueuedItems() && !account.ready) {
      try {
        ready.add(account);
        account.ready = true;
      } catch (Throwable fault) {
        needsRepair = true;
        faults.caught(Step.DEQUEUE, account, fault);
      }
    }
  }

  /** Returns whether more than one account has had events within about the last second. */
  private boolean isShared(AccountSessions account, Event event) {
    if (account != lastAccount) {
      lastAccount = account;
      sharedUntilNanos = event.receivedNanos() + SHARED_NANOS;
    }
    return sharedUntilNanos - event.receivedNanos() > 0;
  }
}
