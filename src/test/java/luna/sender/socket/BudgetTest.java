package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BudgetTest {
  private final Budget budget = new Budget(60, 100, change -> {});
  private final Budget.Part one = budget.new Part();
  private final Budget.Part other = budget.new Part();

  @Test
  void accountMayHaveItsLimitAndNoMore() {
    assertThat(one.hasRoom(60)).isTrue();
    assertThat(one.hasRoom(61)).isFalse();
    one.use(60);
    assertThat(one.hasRoom(0)).isTrue();
    assertThat(one.hasRoom(1)).isFalse();
  }

  @Test
  void whenTheWholeIsUsedEachMayHaveAnEqualPart() {
    one.use(60);
    other.use(40);
    assertThat(one.hasRoom(1)).isFalse();
    assertThat(other.hasRoom(10)).isTrue();
    assertThat(other.hasRoom(11)).isFalse();
  }

  /** Each had its equal part while there were fewer. */
  @Test
  void allTogetherNeverHaveMoreThanTwiceTheWhole() {
    long sum = 0;
    for (int i = 0; i < 1000; i++) {
      Budget.Part part = budget.new Part();
      for (; part.hasRoom(1); sum++) {
        part.use(1);
      }
    }
    assertThat(sum).isEqualTo(200);
  }

  @Test
  void whoGivesBackLeavesTheWholeToTheOthers() {
    one.use(60);
    other.use(40);
    one.use(-60);
    assertThat(other.hasRoom(20)).isTrue();
    assertThat(other.hasRoom(21)).isFalse();
    assertThat(one.hasRoom(60)).isTrue();
    one.use(60);
    // There are two again.
    assertThat(other.hasRoom(10)).isTrue();
    assertThat(other.hasRoom(11)).isFalse();
  }
}
