package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EventMetrics events = new EventMetrics(new Meters(registry), new LagHistogram());
  private final AccountCounters account = new AccountMetrics(0, null).acquire("an account");

  @Test
  void payloadWithoutEventsIsCountedAsAPayload() {
    events.payload(3);
    events.payload(0);
    assertThat(count("luna_sender_payloads")).isEqualTo(2);
    assertThat(count("luna_sender_events_received")).isEqualTo(3);
  }

  @Test
  void eachRecordedLagIsADelivery() {
    events.matched(2);
    events.delivered(1_000);
    events.delivered(2_000);
    assertThat(count("luna_sender_events_matched")).isEqualTo(2);
    assertThat(count("luna_sender_events_delivered")).isEqualTo(2);
  }

  @Test
  void droppingNothingCreatesNoCounter() {
    events.dropped(account, "slow", 0);
    assertThat(registry.find("luna_sender_events_dropped").counters()).isEmpty();
  }

  @Test
  void expectedReasonsAreCountedFromZero() {
    events.expectDropped(List.of("slow"));
    assertThat(count("luna_sender_events_dropped")).isZero();
    events.dropped(account, "slow", 5);
    assertThat(count("luna_sender_events_dropped")).isEqualTo(5);
  }

  private double count(String name) {
    return registry.get(name).meter().measure().iterator().next().getValue();
  }
}
