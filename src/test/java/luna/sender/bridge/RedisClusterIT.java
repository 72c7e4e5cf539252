package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.Service;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;

/** Tests a Redis Cluster whose publishers use PUBLISH. */
final class RedisClusterIT {
  private static final String NODES = "REDIS_DB_ADDRESS__CLUSTER__NODES";

  private final String account = Service.account();

  /** Without SELECT, which a Cluster does not support. */
  @Test
  void userWithTheLeastRightsGetsEventsPublishedAtAnyNode() {
    try (TestCluster cluster =
        new TestCluster(
            0,
            "user sender on >s3cret resetchannels &luna-sender:*"
                + " -@all +subscribe +unsubscribe +ping")) {
      Sender sender =
          start(
              Map.of(
                  NODES,
                  cluster.addresses(),
                  "REDIS_DB_ADDRESS__CANARY_INTERVAL",
                  "0",
                  "REDIS_DB_ADDRESS__USER",
                  "sender",
                  "REDIS_DB_ADDRESS__PASSWORD",
                  "s3cret"));
      try {
        until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        assertThat(cluster.subscribed(account)).hasSize(1);
        for (TestRedis node : cluster.nodes()) {
          String id = "of " + node.port();
          node.publish(account, payload(event(id)));
          assertThat(socket.nextEventId()).isEqualTo(id);
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void failedNodeIsReplacedWhileSocketsStayOpen() {
    try (TestCluster cluster = new TestCluster(0)) {
      Sender sender = start(Map.of(NODES, cluster.addresses()));
      try {
        until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        TestRedis first = cluster.subscribed(account).get(0);
        first.kill();
        until("another node has the account", () -> !cluster.subscribed(account).isEmpty());
        TestRedis second = cluster.subscribed(account).get(0);
        assertThat(second).isNotSameAs(first);
        TestRedis third =
            cluster.nodes().stream()
                .filter(node -> node != first && node != second)
                .findFirst()
                .orElseThrow();
        third.reconnect();
        third.publish(account, payload(event("after")));
        assertThat(socket.nextEventId()).isEqualTo("after");
        assertThat(socket.isClosed()).isFalse();
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void unavailableNodesAreSkipped() {
    try (TestRedis node = new TestRedis("cluster-enabled yes")) {
      Sender sender = start(Map.of(NODES, "127.0.0.1:1,127.0.0.1:2,127.0.0.1:" + node.port()));
      try {
        until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        node.publish(account, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
      } finally {
        await(sender.stop());
      }
    }
  }

  private static Sender start(Map<String, String> cluster) {
    Map<String, String> environment = new HashMap<>(cluster);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
