package luna.sender.bridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import luna.sender.event.Position;
import org.junit.jupiter.api.Test;

final class ProposedPositionsTest {
  private final ProposedPositions positions = new ProposedPositions();

  private void start(String head) {
    positions.start(Objects.requireNonNull(Position.parse(head)));
  }

  @Test
  void nothingIsProposedWhileTheNewestEntryIsUnknown() {
    assertThat(positions.next(5000)).isNull();
    assertThat(positions.next(5000)).isNull();
    positions.answered(null, "a-7-4000-0");
    assertThat(positions.next(5000)).as("another call is unanswered").isNull();
    positions.answered(null, "a-8-4000-1");
    positions.answered(null, "a-9-5000-0");
    assertThat(positions.next(5001)).hasToString("a-10-5001-0");
  }

  @Test
  void callsAwaitAnswersWhileTheNextPositionIsUnknown() {
    assertThat(positions.awaitsAnswers()).isFalse();
    positions.next(5000);
    assertThat(positions.awaitsAnswers()).isTrue();
    positions.answered(null, "a-7-5000-0");
    assertThat(positions.awaitsAnswers()).isFalse();
    String first = String.valueOf(positions.next(5001));
    positions.next(5002);
    assertThat(positions.awaitsAnswers()).isFalse();
    positions.answered(first, "a-9-5001-0");
    assertThat(positions.awaitsAnswers()).isTrue();
  }

  @Test
  void proposalsContinueTheNumbersAndTheIds() {
    start("a-7-4000-3");
    assertThat(positions.next(4000)).hasToString("a-8-4000-4");
    assertThat(positions.next(3999)).hasToString("a-9-4000-5");
    assertThat(positions.next(4002)).hasToString("a-10-4002-0");
    assertThat(positions.head()).hasToString("a-10-4002-0");
  }

  @Test
  void proposalsPauseAfterAnotherPublisherHasAppended() {
    start("a-7-4000-0");
    Position first = positions.next(4001);
    Position second = positions.next(4002);
    assertThat(positions.answered(String.valueOf(first), "a-9-4001-0")).isFalse();
    assertThat(positions.next(4003)).isNull();
    assertThat(positions.answered(String.valueOf(second), "a-10-4002-0")).isFalse();
    assertThat(positions.answered(null, "a-11-4003-0")).isFalse();
    assertThat(positions.next(4004)).hasToString("a-12-4004-0");
  }

  @Test
  void answersWithTheProposedPositionKeepTheProposals() {
    start("a-7-4000-0");
    String first = String.valueOf(positions.next(4001));
    positions.next(4002);
    assertThat(positions.answered(first, first)).isTrue();
    assertThat(positions.next(4003)).hasToString("a-10-4003-0");
  }
}
