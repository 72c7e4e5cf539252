package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import luna.sender.event.Gap;
import org.junit.jupiter.api.Test;

final class RedisMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RedisMetrics redis = new RedisMetrics(new Meters(registry));

  @Test
  void everyCauseOfALossIsCountedFromZero() {
    assertThat(registry.get("luna_sender_redis_losses").counters())
        .hasSize(4)
        .extracting(Counter::count)
        .containsOnly(0.0);
    redis.lost(Gap.Cause.REDIS_SILENT.label());
    assertThat(registry.get("luna_sender_redis_losses").tag("cause", "redis_silent").counter())
        .extracting(Counter::count)
        .isEqualTo(1.0);
  }

  @Test
  void bridgeWithAFaultIsNotReady() {
    redis.bridges().report(0, BridgeStatus.Condition.GOOD);
    redis.bridges().report(1, BridgeStatus.Condition.UNAVAILABLE);
    assertThat(registry.get("luna_sender_bridges_ready").gauge().value()).isEqualTo(1);
  }
}
