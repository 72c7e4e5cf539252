package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * The Redis Cluster that events come from.
 *
 * <p>Owner: immutable.
 *
 * @param nodes each {@code host:port}, an IPv6 address is in brackets; empty = no Cluster is used
 * @param sharded whether events are published by SPUBLISH, to the nodes that serve their slots
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record ClusterSettings(List<String> nodes, boolean sharded) {
  public ClusterSettings {
    nodes = List.copyOf(nodes);
    for (String node : nodes) {
      Bounds.hostPort("NODES", node);
    }
    if (sharded && nodes.isEmpty()) {
      throw Bounds.bad("NODES", "[]", "host:port of at least one, because SHARDED is set");
    }
  }

  public boolean isUsed() {
    return !nodes.isEmpty();
  }
}
