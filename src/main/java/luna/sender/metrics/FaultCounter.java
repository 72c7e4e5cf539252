package luna.sender.metrics;

import java.util.Collection;
import luna.sender.log.RateLimitedLog;

/**
 * Throwables that were caught at the step in which they occurred: each is counted by its step, and
 * the lines of a step are limited as {@link RateLimitedLog} does.
 *
 * <p>Errors: none reach the caller, which is about to restore its own state.
 *
 * <p>Owner: thread-safe.
 */
public final class FaultCounter {
  private final RateLimitedLog log = RateLimitedLog.of(FaultCounter.class);
  private final TaggedCounter counts;

  FaultCounter(TaggedCounter counts) {
    this.counts = counts;
  }

  /** The steps at which faults are caught. */
  public void expect(Collection<String> steps) {
    counts.expect(steps);
  }

  /**
   * Counts a fault, and logs it unless its step has logged one a moment ago.
   *
   * @param account of the work that failed, or empty if it has none
   */
  public void caught(String step, String account, Throwable fault) {
    try {
      counts.count(step, 1);
      log.atError(step)
          .addKeyValue("step", step)
          .addKeyValue("account", account)
          .setCause(fault)
          .log("Fault caught");
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
