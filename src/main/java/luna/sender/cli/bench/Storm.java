package luna.sender.cli.bench;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import luna.sender.cli.bench.ClientLoop.Totals;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Sums the counters of a reconnect storm over all event loops.
 *
 * <p>Owner: confined to the thread of the run.
 */
final class Storm {
  private final List<StormCounts> loops;
  private final long began = System.nanoTime();
  private @Nullable Histogram stayedLatency;

  /** Begins the measurement; the clients may lose their connections from now on. */
  Storm(List<StormCounts> loops) {
    this.loops = loops;
    sum(counts -> counts.stayed);
  }

  /** Returns whether no client will come back any more. Called often, from the beginning. */
  boolean isOver() {
    if (stayedLatency != null) {
      return true;
    }
    if (count(counts -> counts.back) + count(counts -> counts.gaveUp)
        < count(counts -> counts.clients)) {
      return false;
    }
    stayedLatency = sum(counts -> counts.stayed);
    return true;
  }

  /**
   * @param connections of the whole run
   * @param totals of the whole run
   */
  StormReport report(long connections, Totals totals) {
    Histogram later = sum(counts -> counts.stayed);
    Histogram during = stayedLatency == null ? later : stayedLatency;
    long clients = count(counts -> counts.clients);
    return new StormReport(
        clients,
        connections - clients,
        count(counts -> counts.back),
        count(counts -> counts.resumed),
        seconds(),
        sum(counts -> counts.backTimes),
        Handshakes.sum(loops.stream().map(counts -> counts.handshakes).toList()),
        Sampler.sums(loops, counts -> counts.failures),
        count(counts -> counts.retries),
        Sampler.sums(loops, counts -> counts.outcomes),
        new StormReport.Events(
            count(counts -> counts.replayed),
            totals.missed(),
            totals.stormLost(),
            count(counts -> counts.duplicated)),
        during,
        stayedLatency == null ? LoopCounts.histogram() : later);
  }

  private double seconds() {
    long last = began;
    for (StormCounts counts : loops) {
      long back = counts.lastBackNanos;
      last = back != 0 && back - last > 0 ? back : last;
    }
    return (last - began) / 1e9;
  }

  private long count(Function<StormCounts, LongAdder> counter) {
    return loops.stream().mapToLong(counts -> counter.apply(counts).sum()).sum();
  }

  /** Returns the values since the last call. */
  private Histogram sum(Function<StormCounts, Recorder> recorder) {
    Histogram sum = LoopCounts.histogram();
    loops.forEach(counts -> sum.add(recorder.apply(counts).getIntervalHistogram()));
    return sum;
  }
}
