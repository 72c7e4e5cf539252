package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FixedRateTest {
  private static final long START = -7; // System.nanoTime() can be negative.
  private static final long SECOND = 1_000_000_000;

  /** Ten events per second, two per message, for two accounts in turn. */
  private final FixedRate pace = new FixedRate(START, 10, 2, 2, 2);

  @Test
  void messagesAreDueOnScheduleForTheAccountsInTurn() {
    assertThat(pace.due(START - 1)).isEqualTo(PublishSchedule.NONE);
    assertThat(pace.idleNanos(START - 5)).isEqualTo(5);
    assertThat(take(START)).containsExactly(0);
    assertThat(take(START + SECOND / 5 - 1)).isEmpty();
    assertThat(take(START + SECOND / 5)).containsExactly(1);
    assertThat(take(START + SECOND)).containsExactly(0, 1, 0, 1);
  }

  @Test
  void runHasAsManyMessagesAsFitItsDuration() {
    assertThat(pace.isOver(START + 100 * SECOND)).isFalse();
    assertThat(take(START + 100 * SECOND)).hasSize(10);
    assertThat(pace.isOver(START)).isTrue();
    assertThat(take(START + 200 * SECOND)).isEmpty();
  }

  @Test
  void latencyAfterAStallIsMeasuredFromTheSchedule() {
    take(START + 2 * SECOND);
    // Account 1 has the messages 1, 3, 5 and so on of the run, with two events each.
    assertThat(pace.timeOf(1, 0)).isEqualTo(START + SECOND / 5);
    assertThat(pace.timeOf(1, 1)).isEqualTo(START + SECOND / 5);
    assertThat(pace.timeOf(1, 2)).isEqualTo(START + 3 * SECOND / 5);
    assertThat(pace.timeOf(0, 2)).isEqualTo(START + 2 * SECOND / 5);
  }

  @Test
  void timesDoNotDriftInALongRun() {
    FixedRate third = new FixedRate(0, 3, 1_000_000, 1, 1);
    assertThat(third.timeOf(0, 3_000_000 - 3)).isBetween(999_999 * SECOND - 1, 999_999 * SECOND);
  }

  private List<Integer> take(long now) {
    List<Integer> accounts = new ArrayList<>();
    for (int account = pace.due(now); account != PublishSchedule.NONE; account = pace.due(now)) {
      accounts.add(account);
      pace.published(account, 0, 2, now);
    }
    return accounts;
  }
}
