package luna.sender.ops;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Throwables that were caught at the step in which they occurred: each is counted by its step, and
 * a step logs at most one line in {@link #LOG_INTERVAL}.
 *
 * <p>Errors: none reach the caller, which is about to restore its own state.
 *
 * <p>Owner: thread-safe.
 */
public final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  private final TaggedCounter counts;
  private final ConcurrentMap<String, Line> lines = new ConcurrentHashMap<>();

  /** The log line of one step. */
  private static final class Line {
    final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    final AtomicLong unlogged = new AtomicLong();

    boolean isDue() {
      long now = System.nanoTime();
      long next = nextNanos.get();
      return now - next >= 0 && nextNanos.compareAndSet(next, now + LOG_INTERVAL.toNanos());
    }
  }

  Faults(TaggedCounter counts) {
    this.counts = counts;
  }

  /** The steps at which faults are caught. */
  public void expect(Collection<String> steps) {
    counts.expect(steps);
    steps.forEach(step -> lines.computeIfAbsent(step, absent -> new Line()));
  }

  /**
   * Counts a fault, and logs it unless its step has logged one a moment ago.
   *
   * @param account of the work that failed, or empty if it has none
   */
  public void caught(String step, String account, Throwable fault) {
    try {
      counts.count(step, 1);
      Line line = lines.computeIfAbsent(step, absent -> new Line());
      if (line.isDue()) {
        LOG.atError()
            .addKeyValue("step", step)
            .addKeyValue("account", account)
            .addKeyValue("unlogged", line.unlogged.getAndSet(0))
            .setCause(fault)
            .log("Fault caught");
      } else {
        line.unlogged.incrementAndGet();
      }
    } catch (Throwable worse) {
      // Out of memory, most likely: the caller's recovery matters more than its line in the log.
    }
  }

  /** Runs a task; what it throws is caught. */
  public void guard(String step, String account, Runnable task) {
    try {
      task.run();
    } catch (Throwable fault) {
      caught(step, account, fault);
    }
  }
}
