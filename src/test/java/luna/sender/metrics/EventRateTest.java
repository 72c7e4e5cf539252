package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class EventRateTest {
  /** The monotonic clock may begin anywhere. */
  private static final long START = Long.MAX_VALUE - 3_000_000_000L;

  private final EventRate rate = new EventRate(START);

  @Test
  void newCounterHasTheRateSinceItsStart() {
    assertThat(rate.perSecond(after(2), 10)).isEqualTo(5);
  }

  @Test
  void firstMomentsDoNotMakeAHugeRate() {
    assertThat(rate.perSecond(START + 1000, 3)).isEqualTo(3);
    assertThat(rate.perSecond(START, 0)).isZero();
  }

  @Test
  void rateIsThatOfTheLastTwoIntervals() {
    rate.sample(after(5), 1000);
    assertThat(rate.perSecond(after(5), 1000)).isEqualTo(200);
    rate.sample(after(10), 1010);
    assertThat(rate.perSecond(after(10), 1010)).isEqualTo(2);
    assertThat(rate.perSecond(after(15), 1010)).isEqualTo(1);
    rate.sample(after(15), 1010);
    assertThat(rate.perSecond(after(15), 1010)).isZero();
  }

  @Test
  void lateSampleChangesOnlyTheWindow() {
    rate.sample(after(60), 600);
    rate.sample(after(120), 1200);
    assertThat(rate.perSecond(after(120), 1200)).isEqualTo(10);
  }

  private static long after(long seconds) {
    return START + seconds * 1_000_000_000L;
  }
}
