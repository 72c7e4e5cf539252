package luna.sender.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final Duration MAX = Duration.ofSeconds(30);

  @Test
  void boundDoublesUpToTheLongest() {
    Backoff pause = new Backoff(() -> 1, MAX);
    assertThat(Stream.generate(pause::next).limit(8).map(Duration::toMillis))
        .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16000L, 30000L, 30000L);
  }

  @Test
  void delayIsAnyPartOfTheBound() {
    assertThat(new Backoff(() -> 0, MAX).next()).isZero();
    assertThat(new Backoff(() -> 0.5, MAX).next()).isEqualTo(Duration.ofMillis(250));
  }

  @Test
  void successfulConnectionResetsTheDelay() {
    Backoff pause = new Backoff(() -> 1, MAX);
    pause.next();
    pause.next();
    pause.reset();
    assertThat(pause.next()).isEqualTo(Backoff.FIRST);
  }

  @Test
  void retryAfterIsTheMinimumDelay() {
    assertThat(new Backoff(() -> 0, MAX).afterRetryAfter(Duration.ofSeconds(3)))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(new Backoff(() -> 1, MAX).afterRetryAfter(Duration.ofSeconds(3)))
        .isEqualTo(Duration.ofSeconds(4));
    assertThat(new Backoff(() -> 0, MAX).afterRetryAfter(Duration.ofDays(9)))
        .isEqualTo(Duration.ofMinutes(10));
  }
}
