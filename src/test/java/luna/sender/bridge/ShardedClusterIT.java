package luna.sender.bridge;

import static luna.sender.testing.TestCluster.spublish;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Gap;
import luna.sender.metrics.GapLedger;
import luna.sender.testing.Service;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

/** Tests a Redis Cluster whose publishers use SPUBLISH. */
@Tag("redis-7")
final class ShardedClusterIT {
  private static final String RIGHTS =
      "&luna-sender:* +ssubscribe +sunsubscribe +unsubscribe +ping +cluster|shards";

  @Test
  @Execution(CONCURRENT)
  void userWithTheLeastRightsGetsEventsOfEachShard() {
    TestLog log = TestLog.listen();
    try (TestCluster cluster =
        new TestCluster(0, "user sender on >s3cret resetkeys resetchannels -@all " + RIGHTS)) {
      Sender sender =
          start(
              cluster,
              Map.of(
                  "REDIS_DB_ADDRESS__USER", "sender",
                  "REDIS_DB_ADDRESS__PASSWORD", "s3cret",
                  "REDIS_DB_ADDRESS__CANARY_INTERVAL", "0",
                  "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
                  "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER", "0.1"));
      try {
        for (TestRedis master : cluster.nodes()) {
          String account = accountOf(cluster, master);
          try (TestSocket socket = TestSocket.open(sender.port(), account, "")) {
            assertThat(cluster.shardSubscribed(account)).containsExactly(master);
            spublish(master, account, payload(event("an event")));
            assertThat(socket.nextEventId()).isEqualTo("an event");
          }
          until("the account is unsubscribed", () -> cluster.shardSubscribed(account).isEmpty());
        }
        assertThat(log.lines("NOPERM")).isEmpty();
      } finally {
        await(sender.stop());
      }
    } finally {
      log.detach();
    }
  }

  @Test
  @Execution(CONCURRENT)
  void movedSlotIsFollowedAndItsGapRecorded() {
    try (TestCluster cluster = new TestCluster(0)) {
      Sender sender = start(cluster, Map.of());
      try {
        String account = accountOf(cluster, cluster.node(0));
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        TestSocket other = TestSocket.open(sender.port(), accountOf(cluster, cluster.node(1)), "");
        cluster.move(account, cluster.node(2));
        until(
            "the new owner has the account",
            () -> cluster.shardSubscribed(account).equals(List.of(cluster.node(2))));
        spublish(cluster.node(2), account, payload(event("after")));
        assertThat(socket.nextEventId()).isEqualTo("after");
        List<GapLedger.Row> gaps = sender.metrics().gaps().newest(10);
        assertThat(gaps).hasSize(1);
        assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.SUBSCRIPTION_LOST);
        assertThat(gaps.get(0).accounts()).containsExactly(account);
        assertThat(gaps.get(0).to()).isNotNull();
        assertThat(other.isClosed()).isFalse();
        until("the bridge is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
      } finally {
        await(sender.stop());
      }
    }
  }

  /** The service has an old slot map; MOVED is the first sign of the move. */
  @Test
  @Execution(CONCURRENT)
  void accountInAMovedSlotIsSubscribedBeforeThe101() {
    try (TestCluster cluster = new TestCluster(0)) {
      Sender sender = start(cluster, Map.of());
      try {
        String account = accountOf(cluster, cluster.node(1));
        cluster.move(account, cluster.node(0));
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        assertThat(cluster.shardSubscribed(account)).containsExactly(cluster.node(0));
        spublish(cluster.node(0), account, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
        assertThat(sender.metrics().gaps().newest(10)).isEmpty();
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  @Execution(CONCURRENT)
  void promotedReplicaIsFollowedWithAGapForItsAccountsOnly() {
    try (TestCluster cluster = new TestCluster(1)) {
      TestRedis replica = cluster.node(3);
      Sender sender = start(cluster, Map.of());
      try {
        String account = accountOf(cluster, cluster.node(0));
        String living = accountOf(cluster, cluster.node(1));
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        TestSocket others = TestSocket.open(sender.port(), living, "");
        cluster.node(0).kill();
        spublish(cluster.node(1), living, payload(event("meanwhile")));
        assertThat(others.nextEventId()).isEqualTo("meanwhile");
        until(
            "the promoted replica has the account",
            () -> String.valueOf(replica.attempt("PUBSUB", "SHARDCHANNELS")).contains(account));
        spublish(replica, account, payload(event("after")));
        assertThat(socket.nextEventId()).isEqualTo("after");
        until("the gap is closed", () -> sender.metrics().gaps().newest(10).get(0).to() != null);
        assertThat(sender.metrics().gaps().newest(10))
            .singleElement()
            .satisfies(gap -> assertThat(gap.accounts()).containsExactly(account));
        assertThat(socket.isClosed()).isFalse();
        until("the bridge is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
      } finally {
        await(sender.stop());
      }
    }
  }

  /** No other instance could serve these accounts, so the node must stay ready for the others. */
  @Test
  @Execution(CONCURRENT)
  void failedMasterLeavesTheNodeReadyForOtherAccounts() {
    try (TestCluster cluster = new TestCluster(0, "cluster-require-full-coverage no")) {
      Sender sender = start(cluster, Map.of());
      try {
        cluster.node(2).kill();
        until("the loss is noticed", () -> sender.metrics().redis().bridges().ready() == 0);
        until("the bridge is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
        String living = accountOf(cluster, cluster.node(1));
        TestSocket socket = TestSocket.open(sender.port(), living, "");
        spublish(cluster.node(1), living, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
        assertThat(
                TestSocket.refused(
                        sender.port(),
                        "/2/ws",
                        Map.of("Luna-Account-Id", accountOf(cluster, cluster.node(2))))
                    .getStatus())
            .isEqualTo(503);
      } finally {
        await(sender.stop());
      }
    }
  }

  /** Publishers with an old slot map still publish at this node. */
  @Test
  @Execution(CONCURRENT)
  @Tag("redis-7.0") // later versions gossip CLUSTER FORGET, so it isolates no node
  void formerOwnerOfASlotStaysSubscribedUntilItKnowsTheMove() {
    try (TestCluster cluster = new TestCluster(0, "cluster-require-full-coverage no")) {
      TestRedis late = cluster.node(0);
      TestRedis owner = cluster.node(2);
      Sender sender =
          start(
              Map.of(
                  "REDIS_DB_ADDRESS__CLUSTER__NODES",
                  "127.0.0.1:" + cluster.node(1).port() + ",127.0.0.1:" + owner.port(),
                  "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER",
                  "0.1"));
      try {
        String account = accountOf(cluster, late);
        String another = accountOf(cluster, late);
        String moved = accountOf(cluster, cluster.node(1));
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        TestSocket leaving = TestSocket.open(sender.port(), another, "");
        // From now on, the node receives nothing from the others.
        late.command("CLUSTER", "FORGET", TestCluster.id(cluster.node(1)));
        late.command("CLUSTER", "FORGET", TestCluster.id(owner));
        for (String each : List.of(account, another)) {
          for (TestRedis node : List.of(owner, cluster.node(1))) {
            cluster.give(each, owner, node);
          }
        }
        // A moved slot makes the bridge read the slot map.
        cluster.give(moved, owner, owner);
        cluster.give(moved, owner, cluster.node(1));
        TestSocket.open(sender.port(), moved, "").close();
        until(
            "the new owner has the account",
            () -> cluster.shardSubscribed(account).contains(owner));
        spublish(owner, account, payload(event("at the new owner")));
        assertThat(socket.nextEventId()).isEqualTo("at the new owner");
        spublish(late, account, payload(event("at the old owner")));
        assertThat(socket.nextEventId()).isEqualTo("at the old owner");
        leaving.close();
        until("no node has the other account", () -> cluster.shardSubscribed(another).isEmpty());
        late.command("CLUSTER", "DELSLOTS", Integer.toString(cluster.slot(account)));
        until(
            "the old owner has ended it",
            () -> cluster.shardSubscribed(account).equals(List.of(owner)));
        spublish(owner, account, payload(event("last")));
        assertThat(socket.nextEventId()).isEqualTo("last");
        assertThat(socket.waiting()).isZero();
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  @Execution(CONCURRENT)
  void slotOfAChannelEqualsThatOfRedis() {
    try (TestRedis node = new TestRedis("cluster-enabled yes")) {
      assertThat(
              Stream.of(
                  "luna-sender:" + Service.account(),
                  "",
                  "a",
                  "{a}b",
                  "x{a}b",
                  "x{}b",
                  "x{a",
                  "x}a{",
                  "x}a{b}",
                  "{{a}b}",
                  "канал{яч}",
                  "{tag}:" + Service.account()))
          .allSatisfy(
              channel ->
                  assertThat(SlotMap.slot(channel))
                      .isEqualTo(node.command("CLUSTER", "KEYSLOT", channel).toInteger()));
    }
  }

  private static String accountOf(TestCluster cluster, TestRedis master) {
    return Stream.generate(Service::account)
        .filter(account -> cluster.master(account) == master)
        .findFirst()
        .orElseThrow();
  }

  private static Sender start(TestCluster cluster, Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("REDIS_DB_ADDRESS__CLUSTER__NODES", cluster.addresses());
    return start(environment);
  }

  private static Sender start(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__CLUSTER__SHARDED", "1");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    until("the bridge is ready", () -> sender.metrics().redis().bridges().ready() == 1);
    // Waits for the second read of the slot map, so that only the Cluster's messages can reveal a
    // move.
    Waiting.condition("it stays ready")
        .during(Duration.ofSeconds(1))
        .atMost(PATIENCE)
        .until(() -> sender.metrics().redis().bridges().ready() == 1);
    return sender;
  }
}
