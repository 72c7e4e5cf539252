package luna.sender.cli.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * The successful handshakes of a run, or of its reconnect storm.
 *
 * @param latency from the start of the TCP connection to the 101, or to the head of the stream, in
 *     nanoseconds
 * @param seconds from the first connection to the last success
 * @param tls the number of TLS handshakes
 * @param tlsResumed those that resumed the session of an earlier connection
 */
public record Handshakes(Histogram latency, double seconds, long tls, long tlsResumed) {
  /** Sums the handshakes of all event loops. Resets their histograms. */
  static Handshakes sum(List<HandshakeCounts> loops) {
    Histogram latency = LoopCounts.histogram();
    long tls = 0;
    long tlsResumed = 0;
    long began = 0;
    long last = 0;
    for (HandshakeCounts counts : loops) {
      latency.add(counts.latency.getIntervalHistogram());
      tls += counts.tls.sum();
      tlsResumed += counts.tlsResumed.sum();
      if (counts.beganNanos != 0 && (began == 0 || counts.beganNanos - began < 0)) {
        began = counts.beganNanos;
      }
      if (counts.lastNanos != 0 && (last == 0 || counts.lastNanos - last > 0)) {
        last = counts.lastNanos;
      }
    }
    return new Handshakes(latency, last == 0 ? 0 : (last - began) / 1e9, tls, tlsResumed);
  }

  public long count() {
    return latency.getTotalCount();
  }

  public double perSecond() {
    return seconds == 0 ? 0 : count() / seconds;
  }
}
