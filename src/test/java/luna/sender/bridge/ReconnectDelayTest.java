package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.Test;

final class ReconnectDelayTest {
  private static final Duration MIN = Duration.ofMillis(500);

  private final ReconnectDelay delay =
      new ReconnectDelay(
          ConfigLoader.load(
                  null,
                  Map.of(
                      "REDIS_DB_ADDRESS__RECONNECT_DELAY_MIN", "0.5",
                      "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "4"))
              .redis());

  @Test
  void limitDoublesWithEachAttemptUpToTheMaximum() {
    assertThat(delay.next()).isEqualTo(MIN);
    for (long limit : new long[] {1000, 2000, 4000, 4000}) {
      assertThat(delay.next()).isBetween(MIN, Duration.ofMillis(limit));
    }
  }

  @Test
  void delayStaysWithinItsLimitsHoweverManyAttemptsFail() {
    for (int attempt = 0; attempt < 1000; attempt++) {
      assertThat(delay.next()).isBetween(MIN, Duration.ofSeconds(4));
    }
  }

  @Test
  void firstDelayAfterASuccessIsTheMinimum() {
    delay.next();
    delay.next();
    delay.reset();
    assertThat(delay.next()).isEqualTo(MIN);
  }
}
