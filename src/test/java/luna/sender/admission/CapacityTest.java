package luna.sender.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import luna.sender.config.ConfigLoader;
import luna.sender.config.LimitSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CapacityTest {
  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -5, 0, 1, 2, 3, 8, 100, 1024, 1_048_576, Long.MAX_VALUE})
  void webSocketsNeverTakeAllDescriptors(long descriptors) {
    for (int wanted : new int[] {0, 1, 1000, 10_000_000}) {
      Capacity capacity = Capacity.of(settings(wanted, 0), descriptors);
      assertThat(capacity.connections()).isPositive().isLessThan(capacity.total());
      assertThat(capacity.httpConnections()).isPositive();
    }
  }

  @Test
  void configuredLimitAppliesIfThereAreEnoughDescriptors() {
    assertThat(Capacity.of(settings(1000, 50), 10_000)).isEqualTo(new Capacity(1000, 50, 10_000));
    assertThat(Capacity.of(settings(9999, 0), 10_000))
        .isEqualTo(new Capacity(8976, 10_000, 10_000));
    assertThat(Capacity.of(settings(0, 0), 800)).isEqualTo(new Capacity(700, 800, 800));
  }

  @Test
  void freeDescriptorsOfThisProcessAreKnown() {
    assertThat(Capacity.freeDescriptors()).isBetween(16L, (long) Integer.MAX_VALUE);
  }

  private static LimitSettings settings(int connections, int httpConnections) {
    return ConfigLoader.load(
            null,
            Map.of(
                "LUNA_SENDER_LIMITS__CONNECTIONS", Integer.toString(connections),
                "LUNA_SENDER_LIMITS__HTTP_CONNECTIONS", Integer.toString(httpConnections)))
        .limits();
  }
}
