package luna.sender.cli.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Recorder;

/**
 * What one event loop counts in a reconnect storm.
 *
 * <p>Owner: written by its event loop. Any thread may read the counters; one thread reads the
 * interval histograms.
 */
final class StormCounts {
  /** Clients that lost their connections. */
  final LongAdder clients = new LongAdder();

  /** Clients that are back: connected, and at the end of their replay. */
  final LongAdder back = new LongAdder();

  /** Of these, clients that continued after their last position. */
  final LongAdder resumed = new LongAdder();

  /** Clients for which another attempt is pointless. */
  final LongAdder gaveUp = new LongAdder();

  /** From the loss of the connection until the client is back. */
  final Recorder backTimes = LoopCounts.recorder();

  /** When the last client was back; 0 before the first. */
  volatile long lastBackNanos;

  final HandshakeCounts handshakes = new HandshakeCounts();

  /** Failed handshakes and connections that were closed before the client was back, by reason. */
  final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

  final LongAdder retries = new LongAdder();

  /** The server's answers whether anything is missing after a position. */
  final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();

  /** Deliveries to clients that are not back yet. */
  final LongAdder replayed = new LongAdder();

  final LongAdder duplicated = new LongAdder();

  /** Delivery latency of the clients that stayed. */
  final Recorder stayed = LoopCounts.recorder();
}
