package luna.sender.bridge.history;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.testing.Service;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what clients receive when a replica replaces a master of a Cluster. */
final class ClusterFailoverIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clientsGetEverythingOnceWhenAMasterFails(boolean sharded) {
    try (TestCluster cluster = new TestCluster(1)) {
      Sender sender = start(cluster, sharded);
      TestRedis master = cluster.node(0);
      TestRedis replica = cluster.node(3);
      String account =
          Stream.generate(Service::account)
              .filter(each -> cluster.masterOf(KEYS.stream(each)) == master)
              .findFirst()
              .orElseThrow();
      try (TestSocket client = TestSocket.open(sender.port(), account, "");
          ClusterPublisher publisher = new ClusterPublisher(cluster, sharded)) {
        append(publisher, account, 0, 10);
        assertThat(ids(client, 10)).isEqualTo(names(0, 10));
        // The cluster bus may lose the last messages of a node that fails.
        publisher.appendUnheard(account, payload(event("event 10")));
        publisher.appendUnheard(account, payload(event("event 11")));
        master.command("WAIT", "1", "5000");
        master.kill();
        until(
            "the replica is the master",
            () -> replica.command("ROLE").get(0).toString().equals("master"));
        assertThat(ids(client, 2)).isEqualTo(names(10, 12));
        // The client connects to all masters that a node names.
        until(
            "all nodes know the new master",
            () -> Stream.of(1, 2, 3).allMatch(i -> isWholeWithout(master, cluster.node(i))));
        try (ClusterPublisher later = new ClusterPublisher(cluster, sharded)) {
          append(later, account, 12, 20);
          assertThat(ids(client, 8)).isEqualTo(names(12, 20));
        }
        assertThat(client.waiting()).isZero();
        assertThat(client.isClosed()).isFalse();
        try (TestSocket resumed = TestSocket.open(sender.port(), account, "last=100")) {
          assertThat(ids(resumed, 20)).isEqualTo(names(0, 20));
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  /** The former master stays connected, and answers MOVED. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clientsGetEverythingOnceWhenAMasterIsReplacedAsPlanned(boolean sharded) {
    try (TestCluster cluster = new TestCluster(1)) {
      Sender sender = start(cluster, sharded);
      TestRedis replica = cluster.node(3);
      String account =
          Stream.generate(Service::account)
              .filter(each -> cluster.masterOf(KEYS.stream(each)) == cluster.node(0))
              .findFirst()
              .orElseThrow();
      try (ClusterPublisher publisher = new ClusterPublisher(cluster, sharded)) {
        append(publisher, account, 0, 10);
        try (TestSocket client = TestSocket.open(sender.port(), account, "last=10")) {
          replica.command("CLUSTER", "FAILOVER");
          append(publisher, account, 10, 100);
          until(
              "the replica is the master",
              () -> replica.command("ROLE").get(0).toString().equals("master"));
          append(publisher, account, 100, 120);
          assertThat(ids(client, 120)).isEqualTo(names(0, 120));
          assertThat(client.waiting()).isZero();
        }
        try (TestSocket resumed = TestSocket.open(sender.port(), account, "last=200")) {
          assertThat(ids(resumed, 120)).isEqualTo(names(0, 120));
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  private static boolean isWholeWithout(TestRedis lost, TestRedis node) {
    return node.command("CLUSTER", "INFO").toString().contains("cluster_state:ok")
        && !node.command("CLUSTER", "SLOTS").toString().contains(Integer.toString(lost.port()));
  }

  private static void append(ClusterPublisher publisher, String account, int from, int to) {
    for (int i = from; i < to; i++) {
      publisher.append(account, payload(event("event " + i)));
    }
  }

  private static List<String> names(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "event " + i).toList();
  }

  private static List<String> ids(TestSocket client, int count) {
    return Stream.generate(client::nextEventId).limit(count).toList();
  }

  private static Sender start(TestCluster cluster, boolean sharded) {
    Sender sender =
        RecordingSender.start(
            Map.of(
                // Not the master that fails, so its subscribers stay connected.
                "REDIS_DB_ADDRESS__CLUSTER__NODES",
                "127.0.0.1:%d,127.0.0.1:%d"
                    .formatted(cluster.node(1).port(), cluster.node(2).port()),
                "REDIS_DB_ADDRESS__CLUSTER__SHARDED",
                sharded ? "1" : "0",
                "LUNA_SENDER_HISTORY__RECORD",
                "0"));
    until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
    return sender;
  }
}
