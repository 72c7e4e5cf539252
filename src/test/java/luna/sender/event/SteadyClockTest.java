package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SteadyClockTest {
  private static final Instant NOON = Instant.parse("2026-08-11T12:00:00Z");

  private final AtomicReference<Instant> wall = new AtomicReference<>(NOON);
  private final SteadyClock clock = new SteadyClock(wall::get);

  @ParameterizedTest
  @ValueSource(longs = {-86_400, -600, -1, 0, 1, 600, 86_400})
  void settingTheWallClockChangesNeitherOrderNorLength(long seconds) {
    DualTimestamp begin = clock.now();
    wall.set(NOON.plusSeconds(seconds));
    DualTimestamp end = clock.now();
    Duration length = Duration.ofNanos(end.nanos() - begin.nanos());
    assertThat(end.isBefore(begin)).isFalse();
    assertThat(begin.until(end)).isEqualTo(length);
    assertThat(begin.endAt(end)).isEqualTo(NOON.plus(length));
  }

  @Test
  void nextIntervalUsesTheChangedWallClock() {
    clock.now();
    wall.set(NOON.minusSeconds(600));
    assertThat(clock.now().time()).isEqualTo(NOON.minusSeconds(600));
  }

  @Test
  void pastMomentIsDatedByItsDistance() {
    DualTimestamp now = clock.now();
    DualTimestamp past = clock.at(now.nanos() - 5_000_000_000L);
    assertThat(Duration.between(past.time(), NOON)).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
    assertThat(past.until(now)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void orderIsThatOfTheMonotonicClock() {
    DualTimestamp first = new DualTimestamp(NOON, Long.MAX_VALUE);
    DualTimestamp second = new DualTimestamp(NOON.minusSeconds(600), Long.MIN_VALUE);
    assertThat(first.isBefore(second)).isTrue();
    assertThat(first.orLater(second)).isSameAs(second);
    assertThat(second.orLater(first)).isSameAs(second);
    assertThat(first.orEarlier(second)).isSameAs(first);
    assertThat(second.orEarlier(first)).isSameAs(first);
    assertThat(second.until(first)).isZero();
    assertThat(second.endAt(first)).isEqualTo(second.time());
  }
}
