package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recorders of a real Cluster of which a master is killed. */
final class RecorderClusterFailoverIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  /** The index of the master with the slot of the lease. */
  private static final int LEASE_MASTER = 1;

  private final TestCluster cluster = new TestCluster(2, "cluster-require-full-coverage no");

  private final List<Sender> senders = new ArrayList<>();

  @AfterEach
  void stop() {
    senders.forEach(sender -> await(sender.stop()));
    cluster.close();
  }

  /**
   * Starts a recorder.
   *
   * @param subscribed the node where it subscribes
   */
  private Sender start(int subscribed, String probeTimeout) {
    Sender sender =
        RecordingSender.start(
            Map.of(
                "REDIS_DB_ADDRESS__CLUSTER__NODES",
                "127.0.0.1:" + cluster.node(subscribed).port(),
                "REDIS_DB_ADDRESS__PROBE_TIMEOUT",
                probeTimeout,
                "REDIS_DB_ADDRESS__PROBE_INTERVAL",
                "0.2"));
    senders.add(sender);
    return sender;
  }

  /** Returns three accounts of this master, and one of each other. */
  private List<String> accounts(TestRedis old) {
    List<String> accounts = new ArrayList<>();
    for (TestRedis master : cluster.masters()) {
      Stream.generate(() -> UUID.randomUUID().toString())
          .filter(account -> cluster.masterOf(KEYS.stream(account)) == master)
          .limit(master == old ? 3 : 1)
          .forEach(accounts::add);
    }
    return accounts;
  }

  /**
   * @param master the first one, or the one with the lease
   */
  @ParameterizedTest
  @ValueSource(ints = {0, LEASE_MASTER})
  void entriesThatTheReplicaLacksAreRestoredUnderTheirPositions(int master) throws Exception {
    assertThat(cluster.masterOf(KEYS.lease())).isSameAs(cluster.node(LEASE_MASTER));
    TestRedis old = cluster.node(master);
    TestRedis successor = cluster.node(3 + master);
    Sender leader = start(2, "3");
    until("it is the recorder", () -> RecordingSender.leads(leader));
    start(2, "3");
    List<String> accounts = accounts(old);
    try (NumberedPublisher publisher =
        new NumberedPublisher(accounts, cluster.node(2)::port, "PUBLISH")) {
      publisher.awaitMore(1000);
      old.command("ACL", "SETUSER", "default", "-psync", "-sync");
      old.command("CLIENT", "KILL", "TYPE", "replica");
      publisher.awaitMore(300);
      List<List<Entry>> before =
          accounts.stream().map(account -> RecordedStreams.read(cluster, account)).toList();
      old.kill();
      until(
          "the replica is promoted",
          () -> successor.command("INFO", "replication").toString().contains("role:master"));
      publisher.awaitMore(1000);
      publisher.end();
      RecordedStreams.awaitLast(cluster, publisher);
      for (int i = 0; i < before.size(); i++) {
        assertThat(RecordedStreams.read(cluster, accounts.get(i))).containsAll(before.get(i));
      }
      RecordedStreams.assertCompleteExceptInGaps(
          account -> RecordedStreams.read(cluster, account), publisher);
      assertThat(accounts.stream().flatMap(each -> RecordedStreams.read(cluster, each).stream()))
          .noneMatch(Entry::isGap);
    }
    assertThat(senders.stream().mapToLong(sender -> sender.metrics().recorder().restored()).sum())
        .isPositive();
  }

  @Test
  void masterThatIsDownAffectsOnlyItsAccounts() throws Exception {
    Sender recorder = start(0, "3");
    until("it is the recorder", () -> RecordingSender.leads(recorder));
    TestRedis down = cluster.node(2);
    List<String> accounts = accounts(down);
    List<String> others =
        accounts.stream().filter(each -> cluster.masterOf(KEYS.stream(each)) != down).toList();
    down.kill();
    try (NumberedPublisher publisher =
        new NumberedPublisher(accounts, cluster.node(0)::port, "PUBLISH")) {
      publisher.awaitMore(1000);
      until(
          "the others are recorded",
          () ->
              RecordingSender.leads(recorder)
                  && others.stream()
                      .allMatch(each -> RecordedStreams.read(cluster, each).size() > 100));
    }
  }

  @Test
  void masterThatIsFrozenDelaysOnlyItsAccounts() throws Exception {
    TestRedis frozen = cluster.node(2);
    Sender recorder = start(0, "40");
    until("it is the recorder", () -> RecordingSender.leads(recorder));
    List<String> accounts = accounts(frozen);
    try (NumberedPublisher publisher =
        new NumberedPublisher(accounts, cluster.node(0)::port, "PUBLISH")) {
      publisher.awaitMore(500);
      signal(frozen, "STOP");
      try {
        publisher.awaitMore(5000); // more than the calls without an answer
        publisher.end();
        until(
            "the others are recorded",
            Duration.ofSeconds(20),
            () ->
                IntStream.range(0, accounts.size())
                    .filter(i -> cluster.masterOf(KEYS.stream(accounts.get(i))) != frozen)
                    .allMatch(i -> recorded(accounts.get(i)) == publisher.published.get(i).size()));
      } finally {
        signal(frozen, "CONT");
      }
      RecordedStreams.assertComplete(cluster, publisher);
    }
  }

  private int recorded(String account) {
    TestRedis master = cluster.masterOf(KEYS.stream(account));
    return master.command("XLEN", KEYS.stream(account)).toInteger();
  }

  private static void signal(TestRedis redis, String name) throws Exception {
    String pid = Long.toString(redis.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor()).isZero();
  }
}
