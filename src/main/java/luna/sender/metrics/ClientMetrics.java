package luna.sender.metrics;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts clients: handshakes, rejections over a limit, and open and closed WebSockets and streams
 * of Server-Sent Events.
 *
 * <p>Owner: thread-safe.
 */
public final class ClientMetrics {
  private final TaggedCounter handshakes;
  private final AtomicInteger handshaking;
  private final TaggedCounter limited;
  private final AtomicInteger connections;
  private final TaggedCounter closed;

  ClientMetrics(Meters meters) {
    handshakes =
        meters.tagged(
            "luna_sender_handshakes",
            "outcome",
            "Handshakes of WebSockets and event streams, by outcome");
    handshaking =
        meters.gauge(
            "luna_sender_handshakes_waiting", "Handshakes that Redis has not confirmed yet");
    limited =
        meters.tagged("luna_sender_limited", "limit", "Handshakes and connections over a limit");
    connections = meters.gauge("luna_sender_connections", "Open WebSockets and event streams");
    closed = meters.tagged("luna_sender_closes", "reason", "Closed WebSockets and event streams");
  }

  public void expectHandshakes(Collection<String> outcomes) {
    handshakes.expect(outcomes);
  }

  public void handshake(String outcome) {
    handshakes.count(outcome, 1);
  }

  /** Changes the number of handshakes whose subscription is pending. */
  public void handshaking(int change) {
    handshaking.addAndGet(change);
  }

  public void expectLimits(Collection<String> limits) {
    limited.expect(limits);
  }

  /** Counts a handshake or a connection that exceeded a limit. */
  public void limited(String limit) {
    limited.count(limit, 1);
  }

  public void opened() {
    connections.incrementAndGet();
  }

  /** Returns the number of open WebSockets. */
  public int connections() {
    return connections.get();
  }

  /** Creates the counters of all reasons for which connections close. */
  public void expectCloses(Collection<String> reasons) {
    closed.expect(reasons);
  }

  public void closed(String reason) {
    connections.decrementAndGet();
    closed.count(reason, 1);
  }
}
