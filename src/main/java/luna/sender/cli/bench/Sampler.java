package luna.sender.cli.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Adds up what the event loops have counted.
 *
 * <p>Owner: confined to the thread of the run.
 */
final class Sampler {
  private static final double NANOS = 1e9;

  private final List<LoopCounts> tallies;
  private final Publisher publisher;
  private final long began = System.nanoTime();
  private final Histogram latency = LoopCounts.histogram();
  private final Histogram handshakes = LoopCounts.histogram();
  private long lastTaken = began;
  private long lastDeliveries;

  Sampler(List<LoopCounts> tallies, Publisher publisher) {
    this.tallies = tallies;
    this.publisher = publisher;
  }

  /** What has been since the last one. */
  Sample take() {
    Histogram interval = LoopCounts.histogram();
    for (LoopCounts tally : tallies) {
      interval.add(tally.latency.getIntervalHistogram());
      handshakes.add(tally.handshakes.getIntervalHistogram());
    }
    latency.add(interval);
    long now = System.nanoTime();
    long deliveries = sum(tally -> tally.deliveries);
    double seconds = Math.max(1, now - lastTaken) / NANOS;
    Sample sample =
        new Sample(
            (now - began) / NANOS,
            sum(tally -> tally.open),
            publisher.events.sum(),
            (deliveries - lastDeliveries) / seconds,
            interval.getTotalCount() == 0
                ? null
                : new Sample.Latency(
                    interval.getValueAtPercentile(50), interval.getValueAtPercentile(99)),
            faults(sum(tally -> tally.missing)));
    lastTaken = now;
    lastDeliveries = deliveries;
    return sample;
  }

  DeliveryErrors faults(long lost) {
    return new DeliveryErrors(
        lost,
        sum(tally -> tally.duplicated),
        sum(tally -> tally.outOfOrder),
        sum(tally -> tally.wrong));
  }

  long sum(Function<LoopCounts, LongAdder> count) {
    return tallies.stream().mapToLong(tally -> count.apply(tally).sum()).sum();
  }

  Map<String, Long> sums(Function<LoopCounts, Map<String, LongAdder>> counts) {
    Map<String, Long> sums = new TreeMap<>();
    for (LoopCounts tally : tallies) {
      counts.apply(tally).forEach((name, count) -> sums.merge(name, count.sum(), Long::sum));
    }
    return sums;
  }

  /** When the last delivery came, but not before {@code earliest}. */
  long lastNanos(long earliest) {
    long last = earliest;
    for (LoopCounts tally : tallies) {
      long nanos = tally.lastNanos;
      last = nanos != 0 && nanos - last > 0 ? nanos : last;
    }
    return last;
  }

  /** What the first server said that refused a handshake, or nothing. */
  String refusal() {
    return tallies.stream()
        .map(tally -> tally.refusal)
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Of all samples that were taken. */
  Histogram latency() {
    return latency;
  }

  /** Of all samples that were taken. */
  Histogram handshakes() {
    return handshakes;
  }
}
