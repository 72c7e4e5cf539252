package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AnswerDeadlineTest {
  private static final long SECOND = 1_000_000_000;
  private final AnswerDeadline deadline = new AnswerDeadline(Duration.ofSeconds(1));

  @Test
  void answerInTimeMeetsTheDeadline() {
    deadline.asked(0);
    assertThat(missed(SECOND / 2)).isFalse();
    deadline.answered();
    assertThat(missed(10 * SECOND)).isFalse();
  }

  @Test
  void silenceMissesTheDeadline() {
    deadline.asked(0);
    assertThat(missed(SECOND - 1)).isFalse();
    assertThat(missed(SECOND)).isTrue();
  }

  @Test
  void occasionalMessagesAreNotAnAnswer() {
    deadline.asked(0);
    deadline.heard(SECOND * 7 / 10);
    assertThat(missed(SECOND)).isTrue();
  }

  @Test
  void pauseOfAQuarterOfTheTimeoutIsBridged() {
    deadline.asked(0);
    deadline.heard(SECOND * 8 / 10);
    assertThat(missed(SECOND)).isFalse();
    assertThat(missed(SECOND * 105 / 100)).isTrue();
  }

  @Test
  void busyConnectionGetsALimitedExtension() {
    deadline.asked(0);
    for (long now = 0; now < 3 * SECOND; now += SECOND / 100) {
      deadline.heard(now);
      assertThat(missed(now)).isFalse();
    }
    deadline.heard(3 * SECOND);
    assertThat(missed(3 * SECOND)).isTrue();
  }

  /** After a pause of the whole process, the answer may be waiting in the socket. */
  @Test
  void deadlineIsMissedOnlyAtASecondCheck() {
    deadline.asked(0);
    assertThat(deadline.isMissed(60 * SECOND)).isFalse();
    deadline.answered();
    assertThat(deadline.isMissed(60 * SECOND + 1)).isFalse();
  }

  @Test
  void nextProbeHasItsOwnDeadline() {
    deadline.asked(0);
    deadline.asked(SECOND / 2);
    assertThat(missed(SECOND)).isTrue();
    deadline.answered();
    deadline.asked(2 * SECOND);
    assertThat(missed(2 * SECOND + SECOND / 2)).isFalse();
  }

  private boolean missed(long now) {
    deadline.isMissed(now);
    return deadline.isMissed(now);
  }
}
