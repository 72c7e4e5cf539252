package luna.sender.metrics;

import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the listener: connections, requests and TLS.
 *
 * <p>Owner: thread-safe.
 */
public final class HttpMetrics {
  private final Meters meters;
  private final AtomicInteger connections;
  private final ConcurrentMap<Request, Timer> requests = new ConcurrentHashMap<>();
  private final TaggedCounter tlsReloads;
  private final LongAdder tlsFailures = new LongAdder();
  private final AtomicLong tlsExpirySeconds = new AtomicLong();

  private record Request(String operation, int status) {}

  HttpMetrics(Meters meters) {
    this.meters = meters;
    connections =
        meters.gauge(
            "luna_sender_http_connections", "Connections that have not become a WebSocket");
    tlsReloads =
        meters.tagged("luna_sender_tls_reloads", "outcome", "Changed TLS files, by outcome");
  }

  /** Changes the number of connections that have not become a WebSocket. */
  public void connections(int change) {
    connections.addAndGet(change);
  }

  /**
   * Records an answered request; for a handshake, its 101.
   *
   * @param operation the operation of the contract, or {@code none}
   */
  public void request(String operation, int status, long nanos) {
    requests
        .computeIfAbsent(new Request(operation, status), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(Request request) {
    return meters.timer(
        "luna_sender_requests",
        "HTTP requests, from the head of the request to the end of the response",
        "operation",
        request.operation,
        "status",
        Integer.toString(request.status));
  }

  /** Sets when the current certificate expires. The first call registers the TLS meters. */
  public void tlsExpiry(Instant expires) {
    if (tlsExpirySeconds.getAndSet(expires.getEpochSecond()) == 0) {
      tlsReloads.expect(List.of("taken", "refused"));
      meters.gauge(
          "luna_sender_tls_certificate_expiry_seconds",
          "When the TLS certificate in use expires, in seconds since 1970",
          tlsExpirySeconds,
          AtomicLong::get);
      meters.counter(
          "luna_sender_tls_failures", "TLS handshakes that failed", tlsFailures, LongAdder::sum);
    }
  }

  /** Counts changed TLS files that were accepted or rejected. */
  public void tlsReload(String outcome) {
    tlsReloads.count(outcome, 1);
  }

  public void tlsFailure() {
    tlsFailures.increment();
  }
}
