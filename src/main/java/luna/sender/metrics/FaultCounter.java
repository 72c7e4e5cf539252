package luna.sender.metrics;

import java.util.Collection;
import luna.sender.log.RateLimitedLog;

/**
 * Counts and logs throwables that were caught, by the step in which they occurred. The log lines of
 * a step are limited by {@link RateLimitedLog}.
 *
 * <p>Errors: never throws, because the caller must still restore its own state.
 *
 * <p>Owner: thread-safe.
 */
public final class FaultCounter {
  private final RateLimitedLog log = RateLimitedLog.of(FaultCounter.class);
  private final TaggedCounter counts;

  FaultCounter(TaggedCounter counts) {
    this.counts = counts;
  }

  /** Creates the counters of all steps. */
  public void expect(Collection<String> steps) {
    counts.expect(steps);
  }

  /**
   * Counts a fault, and logs it unless the same step has logged a fault shortly before.
   *
   * @param account the account of the work that failed, or empty
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
      // Probably out of memory: the caller's recovery is more important than the log line.
    }
  }
}
