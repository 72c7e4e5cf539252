package luna.sender.admission;

import java.util.Arrays;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.Metrics;

/**
 * Counts and logs exceeded limits.
 *
 * <p>Owner: thread-safe.
 */
final class LimitReporter {
  private final RateLimitedLog log = RateLimitedLog.of(Admission.class);
  private final Metrics metrics;
  private final boolean dryRun;

  LimitReporter(Metrics metrics, boolean dryRun) {
    this.metrics = metrics;
    this.dryRun = dryRun;
    metrics.clients().expectLimits(Arrays.stream(Limit.values()).map(Limit::label).toList());
  }

  void report(Limit limit) {
    metrics.clients().limited(limit.label());
    log.atWarn(limit.label())
        .addKeyValue("limit", limit.label())
        .log(dryRun ? "Limit exceeded (dry run, not enforced)" : "Limit exceeded; rejecting");
  }
}
