package luna.sender.cli.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * The counters of the clients of one event loop.
 *
 * <p>Units: latencies in nanoseconds, to three digits.
 *
 * <p>Owner: written by its event loop. Any thread may read the counters; one thread reads the
 * interval histograms.
 */
final class LoopCounts {
  private static final int DIGITS = 3;
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;

  /** Deliveries, each wanted event once. */
  final LongAdder deliveries = new LongAdder();

  /** Size of their payloads. */
  final LongAdder bytes = new LongAdder();

  /**
   * Events that were skipped and have not arrived since. Excludes those after the last delivery.
   */
  final LongAdder missing = new LongAdder();

  final LongAdder duplicated = new LongAdder();
  final LongAdder outOfOrder = new LongAdder();
  final LongAdder wrong = new LongAdder();

  final LongAdder open = new LongAdder();

  /** Failed handshakes, by reason. */
  final Map<String, LongAdder> failed = new ConcurrentHashMap<>();

  /** The server's response to a rejected handshake, or empty. */
  volatile String refusal = "";

  /** Connections closed by the server, by close code. */
  final Map<String, LongAdder> closed = new ConcurrentHashMap<>();

  final SingleWriterRecorder latency =
      new SingleWriterRecorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);

  final HandshakeCounts handshakes = new HandshakeCounts();

  final StormCounts storm = new StormCounts();

  /** The time of the last delivery; 0 before the first. */
  volatile long lastNanos;

  static Recorder recorder() {
    return new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  }

  static Histogram histogram() {
    return new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  }

  /** Limits a value to the range of the histograms. */
  static long recordable(long nanos) {
    return Math.max(0, Math.min(HIGHEST_NANOS, nanos));
  }

  static void count(Map<String, LongAdder> counts, String name) {
    counts.computeIfAbsent(name, first -> new LongAdder()).increment();
  }
}
