package luna.sender.storm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Counts of a group of clients.
 *
 * <p>Thread safety: thread-safe.
 */
final class StormTotals {
  private static final long MAX_MICROS = 3_600_000_000L;

  final LongAdder events = new LongAdder();
  final LongAdder missing = new LongAdder();
  final LongAdder repeated = new LongAdder();
  final LongAdder gaps = new LongAdder();
  final LongAdder incomplete = new LongAdder();
  private final Map<String, LongAdder> rejections = new ConcurrentHashMap<>();
  private volatile Histogram latency = new ConcurrentHistogram(MAX_MICROS, 3);

  void rejected(String status) {
    rejections.computeIfAbsent(status, first -> new LongAdder()).increment();
  }

  Map<String, LongAdder> rejections() {
    return rejections;
  }

  void latency(long nanos) {
    latency.recordValue(Math.min(MAX_MICROS, Math.max(0, nanos / 1000)));
  }

  /** Begins a new measurement of latencies. Returns the former one. */
  Histogram nextLatency() {
    Histogram former = latency;
    latency = new ConcurrentHistogram(MAX_MICROS, 3);
    return former;
  }
}
