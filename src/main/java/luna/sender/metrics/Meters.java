package luna.sender.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * Registers the service's meters in a registry.
 *
 * <p>Owner: thread-safe. A registry keeps only a weak reference to the source of a gauge or of a
 * function counter, so its owner must keep a strong one.
 */
final class Meters {
  private final MeterRegistry registry;

  Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /**
   * Registers a counter that is cheap enough for each delivery. A counter of Micrometer would pass
   * each increment through a composite.
   */
  LongAdder adder(String name, String description) {
    LongAdder adder = new LongAdder();
    counter(name, description, adder, LongAdder::sum);
    return adder;
  }

  /** Registers a counter that is read from a source. */
  <T> void counter(String name, String description, T source, ToDoubleFunction<T> count) {
    FunctionCounter.builder(name, source, count).description(description).register(registry);
  }

  TaggedCounter tagged(String name, String tag, String description) {
    return new TaggedCounter(registry, name, tag, description);
  }

  AtomicInteger gauge(String name, String description) {
    AtomicInteger value = new AtomicInteger();
    gauge(name, description, value, AtomicInteger::get);
    return value;
  }

  /** Registers a gauge that is read from a source. */
  <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value).description(description).register(registry);
  }

  MemoryGauge memory(String name, String description) {
    return new MemoryGauge(registry, name, description);
  }

  Timer timer(String name, String description, String... tags) {
    return Timer.builder(name).description(description).tags(tags).register(registry);
  }
}
