package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import luna.sender.metrics.BridgeStatus.Condition;
import org.junit.jupiter.api.Test;

final class BridgeStatusTest {
  private final BridgeStatus bridges = new BridgeStatus();

  @Test
  void nodeWithoutAnyReportIsNotReady() {
    assertThat(bridges.fault()).isEqualTo("0 of 0 bridges ready");
    assertThat(bridges.ready()).isZero();
  }

  @Test
  void eachBridgeAndTheConnectionForCommandsAreRequired() {
    bridges.report(0, Condition.UNAVAILABLE);
    bridges.report(1, Condition.UNAVAILABLE);
    assertThat(bridges.fault()).isEqualTo("0 of 2 bridges ready: Redis is unavailable");
    bridges.report(0, Condition.GOOD);
    bridges.report(1, new Condition("Redis rejects SUBSCRIBE: NOPERM", ""));
    assertThat(bridges.fault()).isEqualTo("1 of 2 bridges ready: Redis rejects SUBSCRIBE: NOPERM");
    bridges.report(1, Condition.GOOD);
    assertThat(bridges.fault()).isEqualTo("commands: Redis is unavailable");
    bridges.reportCommands("");
    assertThat(bridges.fault()).isEmpty();
    assertThat(bridges.subscriptionFault()).isEmpty();
  }

  @Test
  void refusedAccountsFailOnlyTheSubscriptions() {
    bridges.reportCommands("");
    bridges.report(0, new Condition("", "Redis rejects 1 of 2 accounts"));
    assertThat(bridges.fault()).isEmpty();
    assertThat(bridges.ready()).isEqualTo(1);
    assertThat(bridges.subscriptionFault()).isEqualTo("Redis rejects 1 of 2 accounts");
    bridges.report(1, Condition.UNAVAILABLE);
    assertThat(bridges.subscriptionFault()).isEqualTo("Redis is unavailable");
  }
}
