package luna.sender.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * How much memory something takes on all event loops together, and how much it may.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: thread-safe.
 */
public final class MemoryGauge {
  private final LongAdder used = new LongAdder();
  private final LongAdder limit = new LongAdder();

  /** Shown as {@code {name}_bytes} and {@code {name}_limit_bytes}. */
  MemoryGauge(MeterRegistry registry, String name, String what) {
    Gauge.builder(name + "_bytes", used, LongAdder::sum).description(what).register(registry);
    Gauge.builder(name + "_limit_bytes", limit, LongAdder::sum)
        .description("How much that may be, on all event loops together")
        .register(registry);
  }

  /** One event loop may take so much. */
  public void allow(long bytes) {
    limit.add(bytes);
  }

  /** So much was taken, or given back with a negative number. */
  public void use(long bytes) {
    used.add(bytes);
  }
}
