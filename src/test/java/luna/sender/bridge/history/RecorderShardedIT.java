package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertComplete;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.metrics.RecorderMetrics;
import luna.sender.testing.SlotMove;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Recorders of a real Cluster whose publishers use SPUBLISH. */
final class RecorderShardedIT {
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

  private Sender start(List<String> accounts) {
    Sender sender =
        RecordingSender.start(
            Map.of(
                "REDIS_DB_ADDRESS__CLUSTER__NODES",
                CLUSTER.addresses(),
                "REDIS_DB_ADDRESS__CLUSTER__SHARDED",
                "1",
                "LUNA_SENDER_HISTORY__RECORD_ACCOUNTS",
                String.join(",", accounts)));
    senders.add(sender);
    return sender;
  }

  private Sender startLeader(List<String> accounts) {
    Sender sender = start(accounts);
    until("it is the recorder", () -> RecordingSender.leads(sender));
    return sender;
  }

  private static NumberedPublisher publish(List<String> accounts) {
    return new NumberedPublisher(accounts, CLUSTER.node(0)::port, "SPUBLISH");
  }

  private static List<String> accounts() {
    return Stream.generate(() -> UUID.randomUUID().toString()).limit(6).toList();
  }

  @Test
  void publishedEventsReachClientsAndCanBeResumed() {
    String account = UUID.randomUUID().toString();
    Sender sender = startLeader(List.of(account.toUpperCase(Locale.ROOT)));
    try (TestSocket client = TestSocket.open(sender.port(), account, "")) {
      TestCluster.spublish(CLUSTER.master(account), account, payload(event("first")));
      assertThat(client.nextEventId()).isEqualTo("first");
    }
    TestCluster.spublish(CLUSTER.master(account), account, payload(event("second")));
    until("it is recorded", () -> RecordedStreams.read(CLUSTER, account).size() == 2);
    try (TestSocket client = TestSocket.open(sender.port(), account, "last=2")) {
      assertThat(client.nextEventId()).isEqualTo("first");
      assertThat(client.nextEventId()).isEqualTo("second");
    }
  }

  @Test
  void listedAccountsAreRecordedAndTheStandbyTakesOver() throws Exception {
    List<String> accounts = accounts();
    Sender leader = startLeader(accounts);
    Sender standby = start(accounts);
    String other = UUID.randomUUID().toString();
    TestCluster.spublish(CLUSTER.master(other), other, "not recorded");
    try (NumberedPublisher publisher = publish(accounts)) {
      publisher.awaitMore(8000);
      senders.remove(leader);
      await(leader.stop());
      until("the other one takes over", () -> RecordingSender.leads(standby));
      publisher.awaitMore(1000);
      publisher.end();
      assertComplete(CLUSTER, publisher);
    }
    assertThat(RecordedStreams.read(CLUSTER, other)).isEmpty();
  }

  @Test
  void timeWithoutAnyRecorderIsAGapOfTheListedAccountsOnly() throws Exception {
    String listed = UUID.randomUUID().toString();
    String other = UUID.randomUUID().toString();
    Sender first = startLeader(List.of(listed));
    TestCluster.spublish(CLUSTER.master(listed), listed, "1");
    until("it is recorded", () -> RecordedStreams.read(CLUSTER, listed).size() == 1);
    senders.remove(first);
    await(first.stop());
    try (ClusterPublisher publisher = new ClusterPublisher(CLUSTER, true)) {
      publisher.append(other, "2");
    }
    startLeader(List.of(listed));
    until("the gap is recorded", () -> RecordedStreams.read(CLUSTER, listed).size() == 2);
    assertThat(RecordedStreams.read(CLUSTER, listed).get(1).isGap()).isTrue();
    assertThat(RecordedStreams.read(CLUSTER, other)).noneMatch(Entry::isGap);
  }

  @Test
  void slotThatMovesLosesNothingOutsideOfGapsOfItsAccount() throws Exception {
    List<String> accounts = accounts();
    startLeader(accounts);
    String moved = accounts.get(0);
    TestRedis from = CLUSTER.master(moved);
    TestRedis to = CLUSTER.node((CLUSTER.nodes().indexOf(from) + 1) % 3);
    try (NumberedPublisher publisher = publish(accounts)) {
      publisher.awaitMore(1000);
      new SlotMove(CLUSTER, "luna-sender:" + moved, from, to).run();
      until("it is subscribed there", () -> CLUSTER.shardSubscribed(moved).equals(List.of(to)));
      publisher.awaitMore(1000);
      publisher.end();
      RecordedStreams.awaitLast(CLUSTER, publisher);
      RecordedStreams.assertCompleteExceptInGaps(
          account -> RecordedStreams.read(CLUSTER, account), publisher);
    }
    for (String account : accounts.subList(1, accounts.size())) {
      assertThat(RecordedStreams.read(CLUSTER, account)).noneMatch(Entry::isGap);
    }
  }

  @Test
  void withoutListedAccountsThereIsNoRecorder() {
    RecorderMetrics recorder = start(List.of()).metrics().recorder();
    assertThat(recorder.state()).isEqualTo(RecorderMetrics.State.OFF);
    assertThat(recorder.fault()).contains("RECORD_ACCOUNTS");
  }
}
