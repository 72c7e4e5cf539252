package luna.sender.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * Two gauges: the memory that something uses on all event loops together, and its limit.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: thread-safe.
 */
public final class MemoryGauge {
  private final LongAdder used = new LongAdder();
  private final LongAdder limit = new LongAdder();

  /** Registers {@code {name}_bytes} and {@code {name}_limit_bytes}. */
  MemoryGauge(MeterRegistry registry, String name, String what) {
    Gauge.builder(name + "_bytes", used, LongAdder::sum).description(what).register(registry);
    Gauge.builder(name + "_limit_bytes", limit, LongAdder::sum)
        .description("Limit of this memory on all event loops together")
        .register(registry);
  }

  /** Adds the limit of one event loop. */
  public void allow(long bytes) {
    limit.add(bytes);
  }

  /** Adds used memory; a negative number releases it. */
  public void use(long bytes) {
    used.add(bytes);
  }
}
