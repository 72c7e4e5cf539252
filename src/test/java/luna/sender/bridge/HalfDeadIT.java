package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.http.UpgradeRejectedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Gap;
import luna.sender.testing.FaultyWire;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.OneWayWire.Direction;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.Service;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests connections of each kind to Redis on which one direction is dead and the other works.
 *
 * <p>The tests run concurrently: each has its own servers, and mostly waits for deadlines.
 */
final class HalfDeadIT {
  private static final int SUBSCRIBED_BYTES_PER_SECOND = 200_000;

  private final String account = Service.account();

  /** Events and canaries still arrive, but no SUBSCRIBE is answered. */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @EnumSource(Direction.class)
  void subscriberConnectionIsRenewedEvenWhileEventsArrive(Direction silent) throws Exception {
    try (TestRedis redis = new TestRedis();
        OneWayWire wire = new OneWayWire(redis.port())) {
      Sender sender = start(Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port())));
      AtomicBoolean over = new AtomicBoolean();
      Thread busy = new Thread(() -> publish(redis.port(), over));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        TestSocket.open(sender.port(), account, "");
        busy.start();
        assertThat(wire.silence(silent, sent -> sent.contains("\r\nsubscribe"))).isEqualTo(1);
        // The handshake gets 503 until the connection is renewed.
        String another = Service.account();
        until(
            "a new account is subscribed",
            () -> {
              try {
                await(TestSocket.opening(sender.port(), another, ""));
                return true;
              } catch (UpgradeRejectedException notYet) {
                return false;
              }
            });
        // If nothing arrives any more, the canary may be missed first.
        assertThat(sender.metrics().gaps().newest(10))
            .singleElement()
            .extracting(gap -> gap.cause())
            .isIn(Gap.Cause.REDIS_SILENT, Gap.Cause.CANARY_LOST);
      } finally {
        over.set(true);
        busy.join();
        await(sender.stop());
      }
    }
  }

  @ParameterizedTest
  @Execution(CONCURRENT)
  @EnumSource(Direction.class)
  void commandConnectionIsRenewed(Direction silent) throws Exception {
    try (TestRedis redis = new TestRedis();
        OneWayWire wire = new OneWayWire(redis.port())) {
      Sender sender = start(Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port())));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        assertThat(wire.silence(silent, sent -> !sent.contains("\r\nsubscribe"))).isPositive();
        assertThat(health(sender)).isEqualTo(502);
        until("Redis answers commands", () -> health(sender) == 200);
      } finally {
        await(sender.stop());
      }
    }
  }

  @ParameterizedTest
  @Execution(CONCURRENT)
  @EnumSource(Direction.class)
  void connectionThatIsHalfDeadFromTheStartIsRetried(Direction silent) {
    try (TestRedis redis = new TestRedis();
        OneWayWire wire = new OneWayWire(redis.port())) {
      wire.silenceFromTheStart(silent);
      Sender sender = start(Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port())));
      try {
        until("both connections are retried", () -> wire.connections() >= 4);
        wire.silenceFromTheStart(null);
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
      } finally {
        await(sender.stop());
      }
    }
  }

  @ParameterizedTest
  @Execution(CONCURRENT)
  @EnumSource(Direction.class)
  void sentinelIsQueriedOverANewConnection(Direction silent) throws Exception {
    try (TestRedis first = new TestRedis();
        TestRedis second = new TestRedis();
        TestSentinel sentinel = new TestSentinel("our-master", first.port());
        OneWayWire wire = new OneWayWire(sentinel.port())) {
      Sender sender =
          start(
              Map.of(
                  "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
                  "our-master",
                  "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
                  "127.0.0.1:" + wire.port()));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        assertThat(wire.silence(silent, sent -> true)).isPositive();
        sentinel.name(second);
        until(
            "the new master is subscribed",
            () -> second.command("PUBSUB", "CHANNELS", "luna-sender.canary.*").size() == 1);
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
      } finally {
        await(sender.stop());
      }
    }
  }

  @ParameterizedTest
  @Tag("redis-7") // sharded channels
  @Execution(CONCURRENT)
  @EnumSource(Direction.class)
  void clusterNodeThatReturnsNoSlotMapIsSkipped(Direction silent) {
    try (TestCluster cluster = new TestCluster(0);
        OneWayWire wire = new OneWayWire(cluster.node(0).port())) {
      Sender sender =
          start(
              Map.of(
                  "REDIS_DB_ADDRESS__CLUSTER__NODES",
                  "127.0.0.1:" + wire.port() + ",127.0.0.1:" + cluster.node(1).port(),
                  "REDIS_DB_ADDRESS__CLUSTER__SHARDED",
                  "1"));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        wire.silenceFromTheStart(silent);
        for (int i = 0; i < 2; i++) {
          TestRedis from = cluster.node(i);
          TestRedis to = cluster.node(2);
          String moving =
              Stream.generate(Service::account)
                  .filter(candidate -> cluster.master(candidate) == from)
                  .findFirst()
                  .orElseThrow();
          TestSocket socket = TestSocket.open(sender.port(), moving, "");
          cluster.move(moving, to);
          until("the slot is followed", () -> cluster.shardSubscribed(moving).contains(to));
          TestCluster.spublish(to, moving, payload(event("moved")));
          assertThat(socket.nextEventId()).isEqualTo("moved");
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  /** Everything else is answered, so no probe detects it. */
  @Test
  @Execution(CONCURRENT)
  void unansweredSubscribeRenewsTheConnection() throws Exception {
    AtomicBoolean swallows = new AtomicBoolean();
    try (TestRedis redis = new TestRedis();
        FaultyWire wire =
            new FaultyWire(
                redis.port(),
                (connection, sent) ->
                    swallows.get()
                        && sent.endsWith(account + "\r\n")
                        && swallows.compareAndSet(true, false))) {
      Sender sender = start(Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port())));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        swallows.set(true);
        until(
            "the account is subscribed",
            () -> {
              try {
                await(TestSocket.opening(sender.port(), account, ""));
                return true;
              } catch (UpgradeRejectedException notYet) {
                return false;
              }
            });
        assertThat(swallows).isFalse();
      } finally {
        await(sender.stop());
      }
    }
  }

  /** The answer to a probe arrives after everything that was published before. */
  @Test
  @Execution(CONCURRENT)
  void connectionWithABacklogStaysOpen() {
    try (TestRedis redis = new TestRedis();
        OneWayWire wire = new OneWayWire(redis.port())) {
      Sender sender =
          start(
              Map.of(
                  "REDIS_DB_ADDRESS__PORT",
                  Integer.toString(wire.port()),
                  "REDIS_DB_ADDRESS__PROBE_TIMEOUT",
                  "3"));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        wire.slowDown(SUBSCRIBED_BYTES_PER_SECOND);
        // More than one and less than three probe timeouts of 3 s.
        String padding = "x".repeat(SUBSCRIBED_BYTES_PER_SECOND / 33);
        for (int i = 0; i < 170; i++) {
          redis.publish(account, payload(event("event " + i).put("padding", padding)));
        }
        for (int i = 0; i < 170; i++) {
          assertThat(socket.nextEventId()).isEqualTo("event " + i);
        }
        assertThat(sender.metrics().gaps().newest(10)).isEmpty();
      } finally {
        await(sender.stop());
      }
    }
  }

  private void publish(int port, AtomicBoolean over) {
    try (RedisWriter writer = new RedisWriter(port)) {
      for (int i = 0; !over.get(); i++) {
        writer.publish("luna-sender:" + account, payload(event("event " + i)));
        LockSupport.parkNanos(20_000_000);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static int health(Sender sender) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + sender.port() + "/healthcheck");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private static Sender start(Map<String, String> redis) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.3");
    environment.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0.3");
    environment.put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__COMMAND_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    environment.putAll(redis);
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
