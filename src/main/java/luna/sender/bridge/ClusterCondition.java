package luna.sender.bridge;

import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import luna.sender.metrics.BridgeStatus.Condition;

/**
 * The condition of a Cluster, computed from those of the feeds of its masters.
 *
 * <p>Shape: the keys are the masters, as {@code host:port}. A fault names its master.
 */
final class ClusterCondition {
  private ClusterCondition() {}

  /**
   * Returns why the Cluster can serve no account, or an empty text. A master that the Cluster
   * itself reports as failed is ignored while at least one other master works: other instances of
   * this service cannot reach its slots either, so moving clients to them would not help.
   *
   * @param isFailed whether the Cluster reports a master as failed
   */
  static String fault(Map<String, Condition> masters, Predicate<String> isFailed) {
    if (masters.isEmpty()) {
      return "no node of the Cluster serves slots";
    }
    boolean anyReady = false;
    boolean allServed = true;
    String fault = "";
    for (Map.Entry<String, Condition> each : masters.entrySet()) {
      String master = each.getKey();
      String faultOfMaster = each.getValue().fault();
      if (faultOfMaster.isEmpty()) {
        anyReady = true;
        continue;
      }
      boolean failed = isFailed.test(master);
      allServed &= failed;
      if (fault.isEmpty() || !failed) {
        fault = master + ": " + faultOfMaster;
      }
    }
    return anyReady && allServed ? "" : fault;
  }

  /** Returns which accounts the masters reject, or an empty text. */
  static String rejected(Map<String, Condition> masters) {
    return masters.entrySet().stream()
        .filter(each -> !each.getValue().rejected().isEmpty())
        .map(each -> each.getKey() + ": " + each.getValue().rejected())
        .collect(Collectors.joining("; "));
  }
}
