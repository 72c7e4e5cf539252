package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.event.Occurrence;
import luna.sender.ops.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * What comes over the bus waits here until all that is there has come, so that it leaves together,
 * and until its account's turn comes, so that one account's flood does not hold up the others.
 *
 * <p>Shape: in a turn each account that has something has one event handed on, and again, until
 * {@value Burst#LIMIT} are; where accounts share the event loop, a turn ends after some {@value
 * #SHARED_TURN} deliveries. Between two turns the event loop looks after its sockets.
 *
 * <p>Errors: what an account may let wait is bounded; the newest events beyond that are shed, and
 * the gap is written down and told in its place.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Turns {
  /** Some 15 ms; a quarter of it would halve what a flooded account gets. */
  private static final int SHARED_TURN = 16_384;

  private static final long SHARED_NANOS = Duration.ofSeconds(1).toNanos();

  /** Where the turns are taken. */
  interface Stage {
    /** Hands an event to those who want it; how many those are. */
    int deliver(AccountSessions account, Event event);

    /** Announces an interruption, behind all that was delivered before. */
    void announce(AccountSessions account, Interruption interruption);

    /** Tells of a gap, behind all that was delivered before. */
    void tell(AccountSessions account, Gap gap);

    /** Sends what was delivered. */
    void flush();
  }

  private final Context context;
  private final Metrics metrics;
  private final Stage stage;
  private final LoopTurn loop;

  /** Accounts with something that waits, each once. */
  private final Deque<AccountSessions> ready = new ArrayDeque<>();

  /** A turn is coming: one at a time, or they would leave the sockets no time between them. */
  private boolean scheduled;

  private @Nullable AccountSessions last;
  private long sharedUntilNanos = System.nanoTime();

  /** Turns on the current event loop. */
  Turns(Vertx vertx, Metrics metrics, Stage stage) {
    this.context = vertx.getOrCreateContext();
    this.metrics = metrics;
    this.stage = stage;
    this.loop = new LoopTurn(vertx);
  }

  void take(AccountSessions account, Occurrence occurrence) {
    if (occurrence instanceof Event event && !admit(account, event)) {
      return;
    }
    wait(account, occurrence);
  }

  private void wait(AccountSessions account, Occurrence occurrence) {
    if (!account.isWaiting()) {
      ready.add(account);
    }
    account.add(occurrence);
    if (!scheduled) {
      scheduled = true;
      context.runOnContext(now -> turn());
    }
  }

  /** Whether there is room for the event; if not, it is shed, and the gap is written down. */
  private boolean admit(AccountSessions account, Event event) {
    if (account.shedding == null && account.hasRoom(event)) {
      return true;
    }
    if (account.shedding != null && account.isHalfEmpty()) {
      endShedding(account);
      return true;
    }
    if (account.shedding == null) {
      Moment now = metrics.gaps().clock().now();
      account.shedFrom = now;
      account.shedding = metrics.gaps().open(Gap.Cause.OVERLOAD, now, List.of(account.account));
      wait(account, new Interruption(now, Gap.Cause.OVERLOAD));
    }
    account.shed++;
    metrics.shed(account.book);
    return false;
  }

  void endShedding(AccountSessions account) {
    if (account.shedding == null || account.shedFrom == null) {
      return;
    }
    Moment now = metrics.gaps().clock().now();
    metrics.gaps().close(account.shedding, now, account.shed);
    wait(account, new Gap(account.shedFrom, now, Gap.Cause.OVERLOAD, account.shed));
    account.shedding = null;
    account.shed = 0;
  }

  /** Hands on all that waits. */
  void finish() {
    while (!ready.isEmpty()) {
      takeTurns();
    }
  }

  private void turn() {
    takeTurns();
    scheduled = !ready.isEmpty();
    if (scheduled) {
      loop.later(this::turn);
    }
  }

  /** The ready accounts' events, one of each in a round, and then their frames. */
  private void takeTurns() {
    int left = Burst.LIMIT;
    long deliveries = 0;
    while (left-- > 0 && !ready.isEmpty()) {
      AccountSessions account = ready.remove();
      Occurrence next = account.next();
      if (next instanceof Event event) {
        deliveries += stage.deliver(account, event);
        if (isShared(account, event) && deliveries >= SHARED_TURN) {
          left = 0;
        }
      } else if (next instanceof Interruption interruption) {
        stage.announce(account, interruption);
      } else if (next instanceof Gap gap) {
        stage.tell(account, gap);
      }
      if (account.isWaiting()) {
        ready.add(account);
      } else {
        endShedding(account);
      }
    }
    stage.flush();
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
