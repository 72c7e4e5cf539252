package luna.sender.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A counter with one tag: one Micrometer counter for each value.
 *
 * <p>Shape: the values come from enums of this service, so there are few.
 *
 * <p>Owner: thread-safe.
 */
final class TaggedCounter {
  private final MeterRegistry registry;
  private final String name;
  private final String tag;
  private final String description;
  private final ConcurrentMap<String, Counter> counters = new ConcurrentHashMap<>();

  TaggedCounter(MeterRegistry registry, String name, String tag, String description) {
    this.registry = registry;
    this.name = name;
    this.tag = tag;
    this.description = description;
  }

  /**
   * Creates the counters of these values at 0, so that an alert on the increase sees the first one.
   */
  void expect(Collection<String> values) {
    values.forEach(this::counter);
  }

  void count(String value, double count) {
    counter(value).increment(count);
  }

  private Counter counter(String value) {
    return counters.computeIfAbsent(
        value,
        absent ->
            Counter.builder(name).description(description).tag(tag, absent).register(registry));
  }
}
