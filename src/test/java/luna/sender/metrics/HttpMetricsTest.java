package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class HttpMetricsTest {
  private static final String EXPIRY = "luna_sender_tls_certificate_expiry_seconds";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final HttpMetrics http = new HttpMetrics(new Meters(registry));

  @Test
  void requestsAreTimedByOperationAndStatus() {
    http.request("ws", 101, 1_000);
    http.request("ws", 101, 1_000);
    http.request("ws", 503, 1_000);
    assertThat(registry.get("luna_sender_requests").tag("status", "101").timer().count())
        .isEqualTo(2);
    assertThat(registry.get("luna_sender_requests").timers()).hasSize(2);
  }

  @Test
  void tlsMetersExistOnlyWithACertificate() {
    http.tlsFailure();
    assertThat(registry.find(EXPIRY).gauge()).isNull();
    assertThat(registry.find("luna_sender_tls_failures").functionCounter()).isNull();
    assertThat(registry.find("luna_sender_tls_reloads").counters()).isEmpty();
    http.tlsExpiry(Instant.ofEpochSecond(10));
    http.tlsExpiry(Instant.ofEpochSecond(20));
    assertThat(registry.get(EXPIRY).gauge().value()).isEqualTo(20);
    assertThat(registry.get("luna_sender_tls_failures").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("luna_sender_tls_reloads").counters()).hasSize(2);
  }
}
