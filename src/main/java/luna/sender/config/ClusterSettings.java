package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * Settings of the Redis Cluster from which events are received.
 *
 * @param nodes each {@code host:port}, with an IPv6 address in brackets; empty = no Cluster
 * @param sharded whether events are published with SPUBLISH, to the nodes that serve their slots
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
