package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertComplete;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import luna.sender.Sender;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

/** Recorders in services of this process, and a real Redis. */
final class RecorderIT {
  private final TestRedis redis = new TestRedis();
  private final List<Sender> senders = new ArrayList<>();

  @AfterEach
  void stop() {
    senders.forEach(sender -> await(sender.stop()));
    redis.close();
  }

  private Sender start() {
    Sender sender = RecordingSender.start(settings());
    senders.add(sender);
    return sender;
  }

  private Sender startLeader() {
    Sender sender = RecordingSender.startLeader(settings());
    senders.add(sender);
    return sender;
  }

  private Map<String, String> settings() {
    return Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
  }

  private NumberedPublisher publish(int accounts) {
    return new NumberedPublisher(accounts, redis::port);
  }

  @Test
  @Execution(CONCURRENT)
  void publishedPayloadsAreRecordedInOrder() throws Exception {
    startLeader();
    NumberedPublisher publisher = publish(3);
    publisher.awaitMore(1000);
    publisher.end();
    assertComplete(redis, publisher);
  }

  /** A loop is busy, for example, while events are written to thousands of clients. */
  @Test
  @Execution(CONCURRENT)
  void eventsAreRecordedWhileTheOtherEventLoopsAreBusy() {
    Config config = ConfigLoader.load(null, RecordingSender.environment(settings()));
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    CountDownLatch work = new CountDownLatch(1);
    String account = UUID.randomUUID().toString();
    try {
      await(vertx.deployVerticle(new Recorder(config.redis(), config.history(), metrics)));
      until("it is the recorder", metrics.recorder()::leads);
      vertx.runOnContext(
          busy -> {
            try {
              work.await();
            } catch (InterruptedException impossible) {
              throw new IllegalStateException(impossible);
            }
          });
      redis.publish(account, "a");
      until("it is recorded", () -> RecordedStreams.read(redis, account).size() == 1);
    } finally {
      work.countDown();
      await(vertx.close());
      metrics.close();
    }
  }

  @Test
  @Execution(CONCURRENT)
  void channelsOfNoAccountAreNotRecorded() {
    startLeader();
    String account = UUID.randomUUID().toString();
    redis.command("PUBLISH", "luna-sender:check", "a");
    redis.publish(account, "b");
    until("it is recorded", () -> RecordedStreams.read(redis, account).size() == 1);
    assertThat(redis.command("KEYS", "luna-sender.history:*").size()).isEqualTo(1);
  }

  @Test
  @Execution(CONCURRENT)
  void standbyTakesOverWithoutLossWhenTheLeaderStops() throws Exception {
    Sender leader = startLeader();
    Sender standby = start();
    NumberedPublisher publisher = publish(3);
    publisher.awaitMore(5000);
    senders.remove(leader);
    await(leader.stop());
    until("the other one takes over", () -> RecordingSender.leads(standby));
    publisher.awaitMore(1000);
    publisher.end();
    assertComplete(redis, publisher);
  }

  @Test
  @Execution(CONCURRENT)
  void lostConnectionsOfTheLeaderLoseNothing() throws Exception {
    Sender leader = startLeader();
    NumberedPublisher publisher = publish(3);
    for (int i = 0; i < 5; i++) {
      publisher.awaitMore(500);
      killCommandConnections();
    }
    publisher.awaitMore(500);
    publisher.end();
    assertComplete(redis, publisher);
    assertThat(RecordingSender.leads(leader)).isTrue();
  }

  /** Kills all connections that call scripts. */
  private void killCommandConnections() {
    for (String line : redis.command("CLIENT", "LIST").toString().split("\n")) {
      if (line.contains(" cmd=evalsha ") || line.contains(" cmd=eval ")) {
        redis.command("CLIENT", "KILL", "ID", line.substring(3, line.indexOf(' ')));
      }
    }
  }

  @Test
  @Execution(CONCURRENT)
  void lostSubscriptionOfOneRecorderLosesNothing() throws Exception {
    startLeader();
    Sender standby = start();
    NumberedPublisher publisher = publish(3);
    Set<Boolean> roles = new HashSet<>();
    for (String connection : patternConnections()) {
      // The other one has been subscribed for longer than the recorder's last renewal.
      publisher.awaitMore(5000);
      redis.command("CLIENT", "KILL", "ID", connection);
      until("it is subscribed again", () -> patternConnections().size() == 2);
      publisher.awaitMore(1000);
      roles.add(RecordingSender.leads(standby));
    }
    publisher.end();
    assertComplete(redis, publisher);
    assertThat(roles).contains(true);
  }

  /** Returns the connections that have a subscription by pattern. */
  private List<String> patternConnections() {
    return redis
        .command("CLIENT", "LIST")
        .toString()
        .lines()
        .filter(line -> line.contains(" psub=1 "))
        .map(line -> line.substring(3, line.indexOf(' ')))
        .toList();
  }

  @Test
  @Execution(CONCURRENT)
  void redisThatLosesItsDataGetsTheLastSecondsBackAndAGap() {
    startLeader();
    String account = UUID.randomUUID().toString();
    redis.publish(account, "1");
    until("it is recorded", () -> RecordedStreams.read(redis, account).size() == 1);
    List<Entry> before = RecordedStreams.read(redis, account);
    redis.kill();
    redis.restart();
    until("it is restored", () -> RecordedStreams.read(redis, account).size() == 2);
    List<Entry> after = RecordedStreams.read(redis, account);
    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(1).isGap()).isTrue();
    RecordedStreams.assertNumbered(after);
  }

  @Test
  @Execution(CONCURRENT)
  void timeWithoutAnyRecorderIsAGapAtItsPlace() throws Exception {
    Sender only = startLeader();
    String account = UUID.randomUUID().toString();
    redis.publish(account, "1");
    until("it is recorded", () -> RecordedStreams.read(redis, account).size() == 1);
    senders.remove(only);
    await(only.stop());
    redis.publish(account, "2");
    startLeader();
    redis.publish(account, "3");
    until("it is recorded", () -> RecordedStreams.read(redis, account).size() == 3);
    List<Entry> entries = RecordedStreams.read(redis, account);
    assertThat(entries.stream().map(Entry::isGap)).containsExactly(false, true, false);
    assertThat(entries.get(2).text()).isEqualTo("3");
  }
}
