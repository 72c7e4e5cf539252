package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BudgetTest {
  private final Budget budget = new Budget(60, 100, change -> {});
  private final Budget.Part one = budget.new Part();
  private final Budget.Part other = budget.new Part();

  @Test
  void accountCanUseItsLimitAndNoMore() {
    assertThat(one.isWithinLimit(60)).isTrue();
    assertThat(one.isWithinLimit(61)).isFalse();
    one.use(60);
    assertThat(one.isWithinLimit(0)).isTrue();
    assertThat(one.isWithinLimit(1)).isFalse();
    assertThat(other.isWithinLimit(60)).isTrue();
  }

  @Test
  void allAccountsCanUseTheTotalLimitAndNoMore() {
    one.use(60);
    assertThat(other.hasRoom(40)).isTrue();
    assertThat(other.hasRoom(41)).isFalse();
    other.use(40);
    assertThat(one.hasRoom(1)).isFalse();
    one.use(-60);
    assertThat(other.hasRoom(60)).isTrue();
  }
}
