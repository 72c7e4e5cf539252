package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

final class SaturationTest {
  private static final long SECOND = 1_000_000_000;
  private static final int WINDOW = 3;

  /** Positions of two accounts: clients 0 and 2 of the first, 1 and 3 of the second. */
  private final AtomicLongArray positions = new AtomicLongArray(4);

  private final Saturation pace = new Saturation(0, 10 * SECOND, WINDOW, 2, 1, positions);
  private final long[] published = new long[2];

  @Test
  void atMostTheWindowIsInFlight() {
    assertThat(publishAll(1)).isEqualTo(2 * WINDOW);
    assertThat(published).containsExactly(WINDOW, WINDOW);
  }

  @Test
  void slowestClientDelaysOnlyItsOwnAccount() {
    publishAll(1);
    positions.set(0, 2);
    assertThat(publishAll(2)).isZero();
    positions.set(2, 1);
    assertThat(publishAll(3)).isEqualTo(1);
    positions.set(2, 3);
    assertThat(publishAll(4)).isEqualTo(1);
    assertThat(published).containsExactly(WINDOW + 2, WINDOW);
  }

  @Test
  void clientThatIsGoneOrMatchesNothingIsNotAwaited() {
    positions.set(1, WantedEvents.NEVER);
    positions.set(3, 1);
    publishAll(1);
    assertThat(published).containsExactly(WINDOW, WINDOW + 1);
  }

  @Test
  void clientWithoutEventsForASecondCountsAsAStall() {
    publishAll(1);
    assertThat(publishAll(SECOND)).isZero();
    assertThat(publishAll(1 + 2 * SECOND)).isEqualTo(2);
    assertThat(pace.stalls()).isEqualTo(2);
  }

  @Test
  void latencyIsMeasuredFromThePublish() {
    publishAll(1);
    positions.set(0, WINDOW);
    positions.set(2, WINDOW);
    publishAll(5);
    assertThat(pace.timeOf(0, WINDOW - 1)).isEqualTo(1);
    assertThat(pace.timeOf(0, WINDOW)).isEqualTo(5);
  }

  @Test
  void nothingIsDueAfterTheEnd() {
    assertThat(pace.isOver(10 * SECOND - 1)).isFalse();
    assertThat(pace.isOver(10 * SECOND)).isTrue();
    assertThat(publishAll(10 * SECOND)).isZero();
  }

  private int publishAll(long now) {
    int count = 0;
    for (int account = pace.due(now); account != PublishSchedule.NONE; account = pace.due(now)) {
      pace.published(account, published[account], 1, now);
      published[account]++;
      count++;
    }
    return count;
  }
}
