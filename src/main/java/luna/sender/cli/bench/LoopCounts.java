package luna.sender.cli.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * What the clients of one event loop have seen.
 *
 * <p>Units: latencies in nanoseconds, to three digits.
 *
 * <p>Owner: written by its event loop; read by any thread, the histogram's intervals by one.
 */
final class LoopCounts {
  private static final int DIGITS = 3;
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;

  /** Each wanted event once. */
  final LongAdder deliveries = new LongAdder();

  /** Of their payloads. */
  final LongAdder bytes = new LongAdder();

  /** Passed over, and not come since; what never came after the last delivery is not in it. */
  final LongAdder missing = new LongAdder();

  final LongAdder duplicated = new LongAdder();
  final LongAdder outOfOrder = new LongAdder();
  final LongAdder wrong = new LongAdder();

  final LongAdder open = new LongAdder();

  /** Handshakes that failed, by why. */
  final Map<String, LongAdder> failed = new ConcurrentHashMap<>();

  /** What a server said that refused a handshake, or nothing. */
  volatile String refusal = "";

  /** Connections that the server ended, by close code. */
  final Map<String, LongAdder> closed = new ConcurrentHashMap<>();

  final SingleWriterRecorder latency =
      new SingleWriterRecorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);

  final Recorder handshakes = new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);

  /** When the last delivery came; 0 before the first. */
  volatile long lastNanos;

  static Histogram histogram() {
    return new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  }

  /** What the histograms can hold. */
  static long recordable(long nanos) {
    return Math.max(0, Math.min(HIGHEST_NANOS, nanos));
  }

  static void count(Map<String, LongAdder> counts, String name) {
    counts.computeIfAbsent(name, first -> new LongAdder()).increment();
  }
}
