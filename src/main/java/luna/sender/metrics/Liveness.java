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
 * Detects stalled event loops. A loop has stalled if it runs no task, or delivers none of its
 * queued events. A stall rarely ends without a restart.
 *
 * <p>How: a loop has pending work while events are queued, or while a canary from a bridge has not
 * arrived. While Redis is unavailable there is no pending work. A loop that is only busy delivers
 * something in each turn.
 *
 * <p>See: {@link #faults} is the response of {@code /livez} ({@code api.ProbeHandler}). {@code
 * socket.RoundRobinScheduler} and {@code socket.Hub} report the progress of a loop.
 *
 * <p>Units: {@link System#nanoTime()}.
 *
 * <p>Owner: thread-safe.
 */
public final class Liveness {
  private static final Logger LOG = LoggerFactory.getLogger(Liveness.class);

  private final List<Loop> loops = new CopyOnWriteArrayList<>();

  /**
   * The last loop number. It is not the size of {@link #loops}, because verticles start
   * concurrently.
   */
  private final AtomicInteger numbers = new AtomicInteger();

  /** The progress of one event loop. */
  public final class Loop {
    private final int number;
    private final long limitNanos;
    private volatile long taskNanos = System.nanoTime();

    /** Since when events are queued without a delivery; {@link #NONE} if no event is queued. */
    private volatile long pendingNanos = NONE;

    /** When the oldest canary that has not arrived was sent, or {@link #NONE}. */
    private final AtomicLong canaryNanos = new AtomicLong(NONE);

    private @Nullable String reported;

    private Loop(int number, Duration limit) {
      this.number = number;
      this.limitNanos = limit.toNanos();
    }

    /** Records that the loop runs a task. */
    public void taskRan() {
      taskNanos = System.nanoTime();
    }

    /** Records that the loop has events to deliver. */
    public void workPending() {
      if (pendingNanos == NONE) {
        pendingNanos = now();
      }
    }

    /**
     * Records that a turn has delivered events.
     *
     * @param more whether more events are queued
     */
    public void delivered(boolean more) {
      long now = now();
      taskNanos = now;
      pendingNanos = more ? now : NONE;
    }

    /** Records that a canary reached the point where a frame would be written. */
    public void canaryArrived() {
      canaryNanos.set(NONE);
    }

    /** Ends the watch, because the loop stops. */
    public void stop() {
      loops.remove(this);
    }

    private @Nullable String fault(long now) {
      if (now - taskNanos > limitNanos) {
        return text("has run no task", now - taskNanos);
      }
      long pending = pendingNanos;
      if (pending != NONE && now - pending > limitNanos) {
        return text("has delivered none of its queued events", now - pending);
      }
      long canary = canaryNanos.get();
      if (canary != NONE && now - canary > limitNanos) {
        return text("has not delivered a canary", now - canary);
      }
      return null;
    }

    private String text(String what, long nanos) {
      return "event loop %d: %s for %d s".formatted(number, what, nanos / 1_000_000_000);
    }

    /** Logs the start and the end of a stall. */
    private synchronized void report(@Nullable String fault) {
      if (fault != null && reported == null) {
        LOG.atError().addKeyValue("cause", fault).log("Event loop has stalled");
      } else if (fault == null && reported != null) {
        LOG.atInfo().addKeyValue("event_loop", number).log("Event loop recovered");
      }
      reported = fault;
    }
  }

  private static final long NONE = 0;

  /** Returns the time, which is never {@link #NONE}. */
  private static long now() {
    return System.nanoTime() | 1;
  }

  /**
   * Starts to watch an event loop.
   *
   * @param limit how long it may make no progress
   */
  public Loop watch(Duration limit) {
    Loop loop = new Loop(numbers.incrementAndGet(), limit);
    loops.add(loop);
    return loop;
  }

  /** Records that a canary was sent to all loops. */
  public void canarySent() {
    for (Loop loop : loops) {
      loop.canaryNanos.compareAndSet(NONE, now());
    }
  }

  /** Returns one text for each stalled loop. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    long now = lastTask();
    for (Loop loop : loops) {
      String fault = loop.fault(now);
      loop.report(fault);
      if (fault != null) {
        faults.add(fault);
      }
    }
    return faults;
  }

  /**
   * Returns when any loop ran its last task. Loops are compared with this time and not with the
   * current one, so a suspended process has no stalled loops.
   */
  private long lastTask() {
    long now = System.nanoTime();
    long youngest = Long.MAX_VALUE;
    for (Loop loop : loops) {
      youngest = Math.min(youngest, Math.max(0, now - loop.taskNanos));
    }
    return youngest == Long.MAX_VALUE ? now : now - youngest;
  }
}
