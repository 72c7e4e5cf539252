package luna.sender.cli.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import luna.sender.testing.TestLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DemoPublisherIT {
  private static final Duration INTERVAL = Duration.ofMillis(10);
  private static final String FIRST_CHANNEL = "demo-test:" + DemoEvents.FIRST_ACCOUNT;
  private static final String SECOND_CHANNEL = "demo-test:" + DemoEvents.SECOND_ACCOUNT;

  private final TestLog log = TestLog.listenTo(DemoPublisher.class);
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void tearDown() throws Exception {
    log.detach();
    vertx.close().await(10, SECONDS);
  }

  @Test
  void subscriberReceivesPayloadsOfBothAccounts() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      Map<String, List<String>> received = subscribe(redis);
      DemoPublisher publisher = publisher(redis.port());
      publisher.start().await(10, SECONDS);
      await().until(() -> received.keySet().size() == 2);
      publisher.stop().await(10, SECONDS);

      assertThat(received).containsOnlyKeys(FIRST_CHANNEL, SECOND_CHANNEL);
      received.values().forEach(payloads -> assertThat(payloads).allMatch(this::hasEvents));
      assertThat(warnings()).isZero();
    }
  }

  @Test
  void stoppedPublisherSendsNothingMore() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      Map<String, List<String>> received = subscribe(redis);
      DemoPublisher publisher = publisher(redis.port());
      publisher.start().await(10, SECONDS);
      await().until(() -> !received.isEmpty());
      publisher.stop().await(10, SECONDS);

      // This message arrives after everything that was published before it.
      publish(redis, "demo-test:end");
      await().until(() -> received.containsKey("demo-test:end"));
      int payloads = count(received);
      await()
          .during(INTERVAL.multipliedBy(20))
          .untilAsserted(() -> assertThat(count(received)).isEqualTo(payloads));
      assertThat(warnings()).isZero();
    }
  }

  @Test
  void publisherContinuesAfterAnOutageAndLogsItOnce() throws Exception {
    EmbeddedRedis killed = EmbeddedRedis.start();
    DemoPublisher publisher = publisher(killed.port());
    Map<String, List<String>> before = subscribe(killed);
    publisher.start().await(10, SECONDS);
    await().until(() -> !before.isEmpty());
    killed.kill();
    await()
        .during(INTERVAL.multipliedBy(20))
        .untilAsserted(() -> assertThat(warnings()).isEqualTo(1));

    try (EmbeddedRedis restarted = EmbeddedRedis.start(killed.port())) {
      Map<String, List<String>> after = subscribe(restarted);
      await().until(() -> after.keySet().size() == 2);
      log.awaitLine("INFO", "Redis is available again; the demo continues to publish");
      assertThat(warnings()).isEqualTo(1);
      publisher.stop().await(10, SECONDS);
    }
  }

  @Test
  void publisherStartsBeforeItsRedis() throws Exception {
    EmbeddedRedis closed = EmbeddedRedis.start();
    closed.close();
    DemoPublisher publisher = publisher(closed.port());
    publisher.start().await(10, SECONDS);
    await().untilAsserted(() -> assertThat(warnings()).isEqualTo(1));

    try (EmbeddedRedis redis = EmbeddedRedis.start(closed.port())) {
      Map<String, List<String>> received = subscribe(redis);
      await().until(() -> received.keySet().size() == 2);
      publisher.stop().await(10, SECONDS);
    }
  }

  @Test
  void intervalUnderAMillisecondIsRejected() {
    assertThatThrownBy(
            () -> new DemoPublisher(vertx, "redis://127.0.0.1:1", "demo-test", Duration.ZERO))
        .hasMessage("interval: PT0S (expected: 1 ms or more)");
  }

  private DemoPublisher publisher(int port) {
    return new DemoPublisher(vertx, "redis://127.0.0.1:" + port, "demo-test", INTERVAL);
  }

  /** Collects payloads by channel, once Redis has confirmed the subscription. */
  private Map<String, List<String>> subscribe(EmbeddedRedis redis) throws Exception {
    Map<String, List<String>> received = new ConcurrentHashMap<>();
    List<String> confirmations = new CopyOnWriteArrayList<>();
    RedisConnection connection = client(redis).connect().await(10, SECONDS);
    connection.handler(
        push -> {
          if (push.get(0).toString().equals("pmessage")) {
            received
                .computeIfAbsent(push.get(2).toString(), channel -> new CopyOnWriteArrayList<>())
                .add(push.get(3).toString());
          } else {
            confirmations.add(push.get(0).toString());
          }
        });
    connection.send(Request.cmd(Command.PSUBSCRIBE).arg("demo-test:*")).await(10, SECONDS);
    await().until(() -> confirmations.contains("psubscribe"));
    return received;
  }

  private void publish(EmbeddedRedis redis, String channel) throws Exception {
    Response receivers =
        client(redis).send(Request.cmd(Command.PUBLISH).arg(channel).arg("end")).await(10, SECONDS);
    assertThat(receivers.toInteger()).isEqualTo(1);
  }

  private Redis client(EmbeddedRedis redis) {
    String connectionString = "redis://127.0.0.1:" + redis.port();
    return Redis.createClient(vertx, new RedisOptions().setConnectionString(connectionString));
  }

  private boolean hasEvents(String payload) {
    return !new JsonObject(payload).getJsonArray("events").isEmpty();
  }

  private static int count(Map<String, List<String>> received) {
    return received.values().stream().mapToInt(List::size).sum();
  }

  private int warnings() {
    return log.lines("WARN").size();
  }
}
