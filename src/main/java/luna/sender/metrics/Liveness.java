package luna.sender.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether each event loop still does its work: a loop that runs no task, or delivers nothing of
 * what it owes, has stalled, and only a restart helps.
 *
 * <p>Shape: a loop owes what waits for its turn, and the canaries that a bridge has sent over the
 * bus. With Redis away nothing is owed. A loop that is only busy makes progress with each turn.
 *
 * <p>Units: {@link System#nanoTime()}.
 *
 * <p>Owner: thread-safe.
 */
public final class Liveness {
  private static final Logger LOG = LoggerFactory.getLogger(Liveness.class);

  private final List<Loop> loops = new CopyOnWriteArrayList<>();

  /** Not the size of {@link #loops}: verticles start concurrently. */
  private final AtomicInteger numbers = new AtomicInteger();

  /** One event loop, as seen from outside. */
  public final class Loop {
    private final int number;
    private final long limitNanos;
    private volatile long seenNanos = System.nanoTime();

    /** Since when something waits and nothing was delivered; {@link #NOTHING} if nothing waits. */
    private volatile long owingNanos = NOTHING;

    /** When the oldest canary that has not come through was sent, or {@link #NOTHING}. */
    private final AtomicLong canaryNanos = new AtomicLong(NOTHING);

    private @Nullable String told;

    private Loop(int number, Duration limit) {
      this.number = number;
      this.limitNanos = limit.toNanos();
    }

    /** The loop runs a task. */
    public void seen() {
      seenNanos = System.nanoTime();
    }

    /** The loop has something to deliver. */
    public void owes() {
      if (owingNanos == NOTHING) {
        owingNanos = now();
      }
    }

    /**
     * A turn has delivered what it could.
     *
     * @param more whether something still waits
     */
    public void delivered(boolean more) {
      long now = now();
      seenNanos = now;
      owingNanos = more ? now : NOTHING;
    }

    /** A canary has come to where a frame would be written. */
    public void canaryArrived() {
      canaryNanos.set(NOTHING);
    }

    /** The loop stops: it owes nothing any more. */
    public void stop() {
      loops.remove(this);
    }

    private @Nullable String fault(long now) {
      if (now - seenNanos > limitNanos) {
        return text("has run nothing", now - seenNanos);
      }
      long owing = owingNanos;
      if (owing != NOTHING && now - owing > limitNanos) {
        return text("has delivered nothing of what waits", now - owing);
      }
      long canary = canaryNanos.get();
      if (canary != NOTHING && now - canary > limitNanos) {
        return text("has not delivered a canary", now - canary);
      }
      return null;
    }

    private String text(String what, long nanos) {
      return "event loop %d: %s for %d s".formatted(number, what, nanos / 1_000_000_000);
    }

    /** Logs the beginning of a stall, and its end. */
    private synchronized void tell(@Nullable String fault) {
      if (fault != null && told == null) {
        LOG.atError().addKeyValue("cause", fault).log("Event loop has stalled");
      } else if (fault == null && told != null) {
        LOG.atInfo().addKeyValue("event_loop", number).log("Event loop delivers again");
      }
      told = fault;
    }
  }

  private static final long NOTHING = 0;

  /** Never {@link #NOTHING}. */
  private static long now() {
    return System.nanoTime() | 1;
  }

  /**
   * From now on this event loop has to make progress.
   *
   * @param limit how long it may make none
   */
  public Loop watch(Duration limit) {
    Loop loop = new Loop(numbers.incrementAndGet(), limit);
    loops.add(loop);
    return loop;
  }

  /** A canary is on its way to all loops. */
  public void canarySent() {
    for (Loop loop : loops) {
      loop.canaryNanos.compareAndSet(NOTHING, now());
    }
  }

  /** What is wrong with each loop that has stalled. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    long now = newestSign();
    for (Loop loop : loops) {
      String fault = loop.fault(now);
      loop.tell(fault);
      if (fault != null) {
        faults.add(fault);
      }
    }
    return faults;
  }

  /**
   * When a loop has last run a task: after a time in which the whole process was suspended, no loop
   * is worse than the others.
   */
  private long newestSign() {
    long now = System.nanoTime();
    long youngest = Long.MAX_VALUE;
    for (Loop loop : loops) {
      youngest = Math.min(youngest, Math.max(0, now - loop.seenNanos));
    }
    return youngest == Long.MAX_VALUE ? now : now - youngest;
  }
}
