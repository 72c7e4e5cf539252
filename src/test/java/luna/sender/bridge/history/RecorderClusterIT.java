package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertComplete;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.testing.SlotMove;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Recorders of a real Cluster whose publishers use PUBLISH. */
@Tag("redis-7") // CLUSTER SHARDS
final class RecorderClusterIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");
  private static final TestCluster CLUSTER = new TestCluster(0);

  private final List<Sender> senders = new ArrayList<>();

  @AfterEach
  void stop() {
    senders.forEach(sender -> await(sender.stop()));
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private Sender start() {
    Sender sender =
        RecordingSender.start(Map.of("REDIS_DB_ADDRESS__CLUSTER__NODES", CLUSTER.addresses()));
    senders.add(sender);
    return sender;
  }

  private Sender startLeader() {
    Sender sender = start();
    until("it is the recorder", () -> RecordingSender.leads(sender));
    return sender;
  }

  private static NumberedPublisher publish() {
    return new NumberedPublisher(6, CLUSTER.node(0)::port);
  }

  @Test
  void publishedEventsReachClientsAndCanBeResumed() {
    Sender sender = startLeader();
    String account = UUID.randomUUID().toString();
    try (TestSocket client = TestSocket.open(sender.port(), account, "")) {
      CLUSTER.node(0).publish(account, payload(event("first")));
      CLUSTER.node(1).publish(account, payload(event("second")));
      assertThat(List.of(client.nextEventId(), client.nextEventId()))
          .containsExactlyInAnyOrder("first", "second");
    }
    try (TestSocket client = TestSocket.open(sender.port(), account, "last=2")) {
      assertThat(List.of(client.nextEventId(), client.nextEventId()))
          .containsExactlyInAnyOrder("first", "second");
    }
  }

  @Test
  void standbyTakesOverWithoutLossWhenTheLeaderStops() throws Exception {
    Sender leader = startLeader();
    Sender standby = start();
    try (NumberedPublisher publisher = publish()) {
      // The other one has been subscribed for longer than the recorder's last renewal.
      publisher.awaitMore(8000);
      senders.remove(leader);
      await(leader.stop());
      until("the other one takes over", () -> RecordingSender.leads(standby));
      publisher.awaitMore(1000);
      publisher.end();
      assertComplete(CLUSTER, publisher);
    }
  }

  @Test
  void leaderThatHasLostItsLeaseUnknowinglyAppendsNothingTwice() throws Exception {
    Sender first = startLeader();
    Sender second = start();
    TestRedis master = CLUSTER.masterOf(KEYS.lease());
    try (NumberedPublisher publisher = publish()) {
      publisher.awaitMore(8000);
      Set<Boolean> roles = new HashSet<>();
      for (int i = 0; i < 20 && (i < 5 || roles.size() < 2); i++) {
        master.command("DEL", KEYS.lease());
        publisher.awaitMore(500);
        roles.add(RecordingSender.leads(second));
      }
      publisher.end();
      until("one leads", () -> RecordingSender.leads(first) != RecordingSender.leads(second));
      assertThat(roles).as("whether the second one leads").hasSize(2);
      assertComplete(CLUSTER, publisher);
    }
  }

  @Test
  void lostConnectionsAndSlotsThatMoveLoseNothing() throws Exception {
    startLeader();
    try (NumberedPublisher publisher = publish()) {
      publisher.awaitMore(1000);
      for (int i = 0; i < 3; i++) {
        String stream = KEYS.stream(publisher.accounts.get(i));
        TestRedis from = CLUSTER.masterOf(stream);
        TestRedis to = CLUSTER.node((CLUSTER.nodes().indexOf(from) + 1) % 3);
        new SlotMove(CLUSTER, stream, from, to).run();
        publisher.awaitMore(500);
        killCommandConnections(to);
        publisher.awaitMore(500);
      }
      publisher.end();
      assertComplete(CLUSTER, publisher);
    }
  }

  /** Kills all connections that call scripts. */
  private static void killCommandConnections(TestRedis node) {
    for (String line : node.command("CLIENT", "LIST").toString().split("\n")) {
      if (line.contains(" cmd=evalsha ") || line.contains(" cmd=eval ")) {
        node.command("CLIENT", "KILL", "ID", line.substring(3, line.indexOf(' ')));
      }
    }
  }
}
