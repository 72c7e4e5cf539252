package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import luna.sender.Sender;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Recorders whose master is replaced, by real Sentinels. */
final class RecorderFailoverIT {
  private static final String MASTER = "our-master";

  private TestRedis old;
  private TestRedis successor;
  private TestSentinel sentinel;

  /** Leads to the first master. */
  private OneWayWire wire;

  private final List<Sender> senders = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    old = new TestRedis();
    wire = new OneWayWire(old.port());
    successor = new TestRedis("replicaof 127.0.0.1 " + wire.port());
    until("the replica follows", () -> replication(old).contains("state=online"));
    sentinel = new TestSentinel(MASTER, wire.port());
    until("the replica is known", () -> sentinel.info().contains("slaves=1"));
  }

  /** Starts a recorder and then another one, with their own intervals between two probes. */
  private void record(String leaderInterval, String standbyInterval) {
    String key = "REDIS_DB_ADDRESS__PROBE_INTERVAL";
    senders.add(RecordingSender.startLeader(sentinel.settings(key, leaderInterval)));
    senders.add(RecordingSender.start(sentinel.settings(key, standbyInterval)));
    until("both are subscribed", () -> subscriptions(old) == 2);
  }

  /** Returns how many connections have a subscription by pattern. */
  private static long subscriptions(TestRedis redis) {
    return subscribers(redis).size();
  }

  /** Returns the ids of the connections that have a subscription by pattern. */
  private static Set<String> subscribers(TestRedis redis) {
    return redis
        .command("CLIENT", "LIST")
        .toString()
        .lines()
        .filter(line -> line.contains(" psub=1 "))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .collect(Collectors.toSet());
  }

  @AfterEach
  void stop() throws Exception {
    senders.forEach(sender -> await(sender.stop()));
    sentinel.close();
    wire.close();
    successor.close();
    old.close();
  }

  private static String replication(TestRedis redis) {
    return redis.command("INFO", "replication").toString();
  }

  @Test
  void entriesThatTheNewMasterLacksAreRestoredUnderTheirPositions() throws Exception {
    record("1", "1");
    NumberedPublisher publisher = new NumberedPublisher(3, sentinel::masterPort);
    publisher.awaitMore(1000);
    stopReplication();
    publisher.awaitMore(500);
    List<List<Entry>> before =
        publisher.accounts.stream().map(account -> RecordedStreams.read(old, account)).toList();
    old.kill();
    sentinel.failOver();
    publisher.awaitMore(1000);
    publisher.end();
    successor.reconnect();
    RecordedStreams.awaitLast(successor, publisher);
    for (int i = 0; i < before.size(); i++) {
      assertThat(RecordedStreams.read(successor, publisher.accounts.get(i)))
          .containsAll(before.get(i));
    }
    assertThat(senders.stream().mapToDouble(sender -> sender.metrics().recorder().restored()).sum())
        .isPositive();
    assertCompleteExceptInGaps(publisher);
  }

  private void stopReplication() {
    old.command("ACL", "SETUSER", "default", "-psync", "-sync");
    old.command("CLIENT", "KILL", "TYPE", "replica");
  }

  @Test
  void appendsWhoseAnswersAreLostKeepTheirPositions() throws Exception {
    record("1", "1");
    try (NumberedPublisher publisher = new NumberedPublisher(3, sentinel::masterPort);
        AnnouncedPositions announced = new AnnouncedPositions(old.port())) {
      publisher.awaitMore(1000);
      stopReplication();
      int before = announced.count();
      int silenced =
          wire.silence(OneWayWire.Direction.TO_CLIENT, sent -> sent.contains("history.recorder"));
      assertThat(silenced).isPositive();
      until("the last appends are announced", () -> announced.count() > before + 30);
      old.kill();
      sentinel.failOver();
      publisher.awaitMore(1000);
      publisher.end();
      successor.reconnect();
      RecordedStreams.awaitLast(successor, publisher);
      announced.assertValid(successor, publisher);
      assertCompleteExceptInGaps(publisher);
    }
  }

  @Test
  void plannedFailoverLosesNothingOutsideOfGaps() throws Exception {
    record("1", "1");
    failOverWhilePublishing();
  }

  @Test
  void recorderThatFollowsTheFailoverLateAppendsNothingAtTheFormerMaster() throws Exception {
    record("0.2", "10");
    failOverWhilePublishing();
  }

  @Test
  void recordersWaitForTheFormerLeaderThatKnowsThePositions() throws Exception {
    record("3", "0.2");
    failOverWhilePublishing();
    // It led first. The other one may lead later, when events may be missing again.
    assertThat(senders.get(0).metrics().recorder().restored()).isPositive();
  }

  @Test
  void eventsOfTheNewMasterAreRecordedBeforeTheRecordersFollow() throws Exception {
    record("3", "3");
    awaitWatches();
    sentinel.failOver();
    try (NumberedPublisher publisher = new NumberedPublisher(3, successor::port)) {
      publisher.awaitMore(3000);
      publisher.end();
      successor.reconnect();
      until("both recorders follow", () -> subscriptions(successor) == 2);
      assertThat(subscriptions(old)).as("subscriptions at the former master").isEqualTo(2);
      RecordedStreams.awaitLast(successor, publisher);
      for (int i = 0; i < publisher.accounts.size(); i++) {
        assertThat(RecordedStreams.read(successor, publisher.accounts.get(i)))
            .extracting(Entry::text)
            .containsSubsequence(publisher.published.get(i).stream().map(String::valueOf).toList());
      }
    }
  }

  @Test
  void promotedReplicaInterruptsNoRecorderBeforeTheSentinelsNameIt() throws Exception {
    record("0.2", "0.2");
    awaitWatches();
    try (NumberedPublisher publisher = new NumberedPublisher(3, wire::port)) {
      publisher.awaitMore(500);
      successor.command("REPLICAOF", "NO", "ONE");
      successor.reconnect();
      until("both recorders watch the promoted replica", () -> subscriptions(successor) == 2);
      // Longer than the interval between two searches for other masters.
      publisher.awaitMore(4000);
      publisher.end();
      assertThat(sentinel.masterPort()).isEqualTo(wire.port());
      RecordedStreams.assertComplete(old, publisher);
    }
  }

  @Test
  void recordersSubscribeAtASecondMasterWithoutLeavingTheFirst() throws Exception {
    record("0.2", "0.2");
    awaitWatches();
    int port = wire.port();
    wire.silenceFromTheStart(OneWayWire.Direction.TO_CLIENT);
    wire.silence(OneWayWire.Direction.TO_CLIENT, sent -> true);
    sentinel.failOver();
    successor.reconnect();
    until("both recorders follow", () -> subscriptions(successor) == 2);
    until("there is a leader", () -> senders.stream().anyMatch(RecordingSender::leads));
    Set<String> before = subscribers(successor);
    wire.close();
    until("the former master has no subscribers", () -> subscriptions(old) == 0);
    wire = new OneWayWire("127.0.0.1", port, old.port());
    until("both recorders have found it", () -> subscriptions(old) == 2);
    assertThat(subscribers(successor)).isEqualTo(before);
  }

  @Test
  void gapIsBeforeTheFirstEventOfTheNewMaster() throws Exception {
    record("3", "3");
    awaitWatches();
    String account = UUID.randomUUID().toString();
    old.publish(account, "1");
    until("it is recorded", () -> RecordedStreams.read(old, account).size() == 1);
    successor.publish(account, "no recorder receives it");
    sentinel.failOver();
    successor.reconnect();
    until("all recorders have subscribed", () -> subscriptions(successor) == 2);
    successor.publish(account, "2");
    until("all is recorded", () -> RecordedStreams.read(successor, account).size() >= 3);
    List<Entry> entries = RecordedStreams.read(successor, account);
    assertThat(entries.get(0).text()).isEqualTo("1");
    assertThat(entries.get(1).isGap()).isTrue();
    assertThat(entries.get(2).text()).isEqualTo("2");
  }

  private void awaitWatches() {
    until(
        "all recorders watch the replica",
        () -> successor.command("CLIENT", "LIST").toString().split("cmd=hello").length > 2);
  }

  private void failOverWhilePublishing() throws Exception {
    sentinel.demoteEarly();
    try (NumberedPublisher publisher = new NumberedPublisher(3, sentinel::masterPort);
        AnnouncedPositions announced = new AnnouncedPositions(old.port())) {
      publisher.awaitMore(1000);
      sentinel.failOver();
      until("the publisher has moved", () -> publisher.connections() == 2);
      publisher.awaitMore(1000);
      publisher.end();
      successor.reconnect();
      RecordedStreams.awaitLast(successor, publisher);
      announced.assertValid(successor, publisher);
      assertCompleteExceptInGaps(publisher);
    }
  }

  private void assertCompleteExceptInGaps(NumberedPublisher publisher) {
    RecordedStreams.assertCompleteExceptInGaps(
        account -> RecordedStreams.read(successor, account), publisher);
  }
}
