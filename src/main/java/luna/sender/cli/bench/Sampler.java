package luna.sender.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Sums the counters of all event loops.
 *
 * <p>Owner: confined to the thread of the run.
 */
final class Sampler {
  private static final double NANOS = 1e9;

  private final List<LoopCounts> loops;
  private final Publisher publisher;
  private final long began = System.nanoTime();
  private final Histogram latency = LoopCounts.histogram();
  private long lastTaken = began;
  private long lastDeliveries;

  Sampler(List<LoopCounts> loops, Publisher publisher) {
    this.loops = loops;
    this.publisher = publisher;
  }

  /** Returns the sample since the last call. */
  Sample take() {
    Histogram interval = LoopCounts.histogram();
    for (LoopCounts counts : loops) {
      interval.add(counts.latency.getIntervalHistogram());
    }
    latency.add(interval);
    long now = System.nanoTime();
    long deliveries = sum(counts -> counts.deliveries);
    double seconds = Math.max(1, now - lastTaken) / NANOS;
    Sample sample =
        new Sample(
            (now - began) / NANOS,
            sum(counts -> counts.open),
            publisher.events.sum(),
            (deliveries - lastDeliveries) / seconds,
            interval.getTotalCount() == 0
                ? null
                : new Sample.Latency(
                    interval.getValueAtPercentile(50), interval.getValueAtPercentile(99)),
            faults(sum(counts -> counts.missing)));
    lastTaken = now;
    lastDeliveries = deliveries;
    return sample;
  }

  DeliveryErrors faults(long lost) {
    return new DeliveryErrors(
        lost,
        sum(counts -> counts.duplicated),
        sum(counts -> counts.outOfOrder),
        sum(counts -> counts.wrong));
  }

  long sum(Function<LoopCounts, LongAdder> count) {
    return loops.stream().mapToLong(counts -> count.apply(counts).sum()).sum();
  }

  Map<String, Long> sums(Function<LoopCounts, Map<String, LongAdder>> byName) {
    return sums(loops, byName);
  }

  static <T> Map<String, Long> sums(
      List<T> parts, Function<? super T, Map<String, LongAdder>> byName) {
    Map<String, Long> sums = new TreeMap<>();
    for (T counts : parts) {
      byName.apply(counts).forEach((name, count) -> sums.merge(name, count.sum(), Long::sum));
    }
    return sums;
  }

  /** Returns the time of the last delivery, or {@code earliest} if that is later. */
  long lastNanos(long earliest) {
    long last = earliest;
    for (LoopCounts counts : loops) {
      long nanos = counts.lastNanos;
      last = nanos != 0 && nanos - last > 0 ? nanos : last;
    }
    return last;
  }

  /** Returns the reasons of failed handshakes. */
  String refusals() {
    List<String> refusals = new ArrayList<>();
    sums(counts -> counts.failed)
        .forEach((why, count) -> refusals.add(why + ", " + count + " times"));
    if (!refusal().isEmpty()) {
      refusals.add(refusal());
    }
    return String.join("; ", refusals);
  }

  /** Returns the server's response to the first rejected handshake, or an empty text. */
  String refusal() {
    return loops.stream()
        .map(counts -> counts.refusal)
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Returns the histogram of all samples taken so far. */
  Histogram latency() {
    return latency;
  }

  /** Returns the handshakes since the last call. */
  Handshakes handshakes() {
    return Handshakes.sum(loops.stream().map(counts -> counts.handshakes).toList());
  }

  /** Returns the counters of the storm, of each event loop. */
  List<StormCounts> storms() {
    return loops.stream().map(counts -> counts.storm).toList();
  }
}
