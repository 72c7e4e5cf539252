package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import luna.sender.metrics.BridgeStatus.Condition;
import org.junit.jupiter.api.Test;

final class ClusterConditionTest {
  private final Map<String, Condition> masters = new LinkedHashMap<>();

  @Test
  void clusterWithoutMastersServesNoAccount() {
    assertThat(fault()).isEqualTo("no node of the Cluster serves slots");
  }

  @Test
  void clusterWithoutFaultsIsReady() {
    masters.put("a:1", Condition.GOOD);
    masters.put("b:1", Condition.GOOD);
    assertThat(fault()).isEmpty();
    assertThat(ClusterCondition.rejected(masters)).isEmpty();
  }

  @Test
  void faultOfOneMasterIsReportedWithItsName() {
    masters.put("a:1", new Condition("no canary has arrived", ""));
    masters.put("b:1", Condition.GOOD);
    assertThat(fault()).isEqualTo("a:1: no canary has arrived");
  }

  @Test
  void failedMasterIsNoFaultWhileAnotherServes() {
    masters.put("a:1", Condition.UNAVAILABLE);
    masters.put("b:1", Condition.GOOD);
    assertThat(fault("a:1")).isEmpty();
    masters.put("b:1", Condition.UNAVAILABLE);
    assertThat(fault("a:1", "b:1")).isEqualTo("a:1: Redis is unavailable");
  }

  @Test
  void faultOfAServingMasterIsReportedBeforeAFailedOne() {
    masters.put("a:1", new Condition("not confirmed", ""));
    masters.put("b:1", Condition.UNAVAILABLE);
    assertThat(fault("b:1")).isEqualTo("a:1: not confirmed");
    assertThat(fault("a:1")).isEqualTo("b:1: Redis is unavailable");
  }

  @Test
  void refusedAccountsOfAllMastersAreReported() {
    masters.put("a:1", new Condition("", "NOPERM for one"));
    masters.put("b:1", Condition.GOOD);
    masters.put("c:1", new Condition("", "NOPERM for another"));
    assertThat(ClusterCondition.rejected(masters))
        .isEqualTo("a:1: NOPERM for one; c:1: NOPERM for another");
  }

  private String fault(String... failed) {
    return ClusterCondition.fault(masters, Set.of(failed)::contains);
  }
}
