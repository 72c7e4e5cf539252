package luna.sender.cli.bench;

import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLSession;
import org.HdrHistogram.Recorder;

/**
 * The successful handshakes of one event loop.
 *
 * <p>Units: nanoseconds, by {@link System#nanoTime()}.
 *
 * <p>Owner: written by its event loop; any thread may read the counters, and one thread reads the
 * interval histogram.
 */
final class HandshakeCounts {
  private static final String KNOWN = "luna.sender.cli.bench.known";

  /** From the start of the TCP connection to the 101, or to the head of the stream. */
  final Recorder latency = LoopCounts.recorder();

  /** When the first handshake began; 0 before it. */
  volatile long beganNanos;

  /** When the last handshake succeeded; 0 before the first. */
  volatile long lastNanos;

  /** TLS handshakes. */
  final LongAdder tls = new LongAdder();

  /** Of these, those that resumed the session of an earlier connection. */
  final LongAdder tlsResumed = new LongAdder();

  /** Called when a connection is opened. */
  void begin(long now) {
    if (beganNanos == 0) {
      beganNanos = now;
    }
  }

  /**
   * @param began when the connection was opened
   */
  void succeed(long began, long now) {
    latency.recordValue(LoopCounts.recordable(now - began));
    lastNanos = now;
  }

  /**
   * Counts the TLS handshake of a connection, and forgets its session: each connection is that of
   * another client, which has no session to resume.
   */
  void secured(SSLSession session) {
    tls.increment();
    // A resumed session shares the values of the one that it resumes.
    if (session.getValue(KNOWN) == null) {
      session.putValue(KNOWN, KNOWN);
    } else {
      tlsResumed.increment();
    }
    session.invalidate();
  }

  /** Forgets the TLS handshake of a connection that is no client's. */
  void resetTls() {
    tls.reset();
    tlsResumed.reset();
  }
}
