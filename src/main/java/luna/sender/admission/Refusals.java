package luna.sender.admission;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import luna.sender.ops.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Counts what was over a limit, and says so at a bounded rate.
 *
 * <p>Shape: a line at once, and then one in 10 s at most, with the counts since the last.
 *
 * <p>Owner: thread-safe.
 */
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final Metrics metrics;
  private final boolean dryRun;
  private final LongAdder[] untold = new LongAdder[Limit.values().length];
  private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

  Refusals(Metrics metrics, boolean dryRun) {
    this.metrics = metrics;
    this.dryRun = dryRun;
    metrics.expectLimits(Arrays.stream(Limit.values()).map(Limit::label).toList());
    for (int i = 0; i < untold.length; i++) {
      untold[i] = new LongAdder();
    }
  }

  void note(Limit limit) {
    metrics.limited(limit.label());
    untold[limit.ordinal()].increment();
    tell();
  }

  /** Says what there is to say, if it is time to. */
  void tell() {
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next < 0 || !isAnyUntold()) {
      return;
    }
    if (nextNanos.compareAndSet(next, now + INTERVAL.toNanos())) {
      LoggingEventBuilder line = LOG.atWarn();
      for (Limit limit : Limit.values()) {
        long count = untold[limit.ordinal()].sumThenReset();
        if (count > 0) {
          line = line.addKeyValue(limit.label(), count);
        }
      }
      line.log(dryRun ? "Limits would be exceeded (dry run)" : "Limits reached; refusing");
    }
  }

  private boolean isAnyUntold() {
    for (LongAdder count : untold) {
      if (count.sum() > 0) {
        return true;
      }
    }
    return false;
  }
}
