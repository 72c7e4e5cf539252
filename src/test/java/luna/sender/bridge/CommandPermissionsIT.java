package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests that readiness, health and handshakes agree about a command that Redis rejects.
 *
 * <p>The tests run concurrently: each has its own servers, and mostly waits.
 */
final class CommandPermissionsIT {
  private static final String NOT_UP = "redis: not all subscriptions are up: ";

  private final String account = Service.account();

  /**
   * Tests all commands that the service sends, and the status of a handshake without each. PING is
   * excluded, because the test's server does not start without it.
   */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @CsvSource({
    "SUBSCRIBE, Redis rejects SUBSCRIBE, 503",
    "UNSUBSCRIBE, Redis rejects UNSUBSCRIBE, 101",
    "PUBLISH, Redis rejects PUBLISH, 101",
    "SELECT, Redis is unavailable, 503",
    "HELLO, Redis is unavailable, 503",
  })
  void renamedCommandIsReportedAndTheNodeIsNotReady(String command, String fault, int handshake) {
    try (TestRedis redis = new TestRedis("rename-command " + command + " moved")) {
      isRefused(redis, Map.of(), fault, handshake);
    }
  }

  /** The same for the user's rights. */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @CsvSource({
    "+subscribe, Redis rejects SUBSCRIBE, 503",
    "+unsubscribe, Redis rejects UNSUBSCRIBE, 101",
    "+publish, Redis rejects PUBLISH, 101",
    "+ping, Redis rejects PING, 101",
    "+select, Redis is unavailable, 503",
    "&luna-sender:*, Redis rejects SUBSCRIBE, 503",
    "&luna-sender.canary.*, Redis rejects SUBSCRIBE for the canary, 101",
  })
  void missingRightIsReportedAndTheNodeIsNotReady(String right, String fault, int handshake) {
    String rights =
        "&luna-sender:* &luna-sender.canary.* +subscribe +unsubscribe +ping +select +publish";
    try (TestRedis redis =
        new TestRedis(
            "user sender on >s3cret resetkeys resetchannels -@all " + rights.replace(right, ""))) {
      isRefused(
          redis,
          Map.of("REDIS_DB_ADDRESS__USER", "sender", "REDIS_DB_ADDRESS__PASSWORD", "s3cret"),
          fault,
          handshake);
    }
  }

  private void isRefused(
      TestRedis redis, Map<String, String> environment, String fault, int handshake) {
    Sender sender = start(redis, environment);
    try {
      until("the cause is named", () -> detail(sender, "/readyz").contains(fault));
      assertThat(status(sender, "/readyz")).isEqualTo(503);
      assertThat(detail(sender, "/healthcheck")).startsWith("redis: ");
      assertThat(status(sender, "/healthcheck")).isEqualTo(502);
      assertThat(sender.metrics().scrape()).contains("luna_sender_ready 0");
      assertThat(handshake(sender, account)).isEqualTo(handshake);
    } finally {
      await(sender.stop());
    }
  }

  /** On the existing connection, because the service would not reconnect then. */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @ValueSource(strings = {"subscribe", "unsubscribe", "publish", "ping"})
  void revokedAndRestoredRightsAreNoticed(String command) {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, Map.of());
      try {
        until("it is ready", () -> status(sender, "/readyz") == 200);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        redis.command("ACL", "SETUSER", "default", "-" + command);
        until(
            "the command is named",
            () ->
                detail(sender, "/readyz")
                    .contains("Redis rejects " + command.toUpperCase(Locale.ROOT)));
        until("it is unhealthy", () -> status(sender, "/healthcheck") == 502);
        redis.command("ACL", "SETUSER", "default", "+" + command);
        until("it is ready again", () -> status(sender, "/readyz") == 200);
        until("it is healthy again", () -> status(sender, "/healthcheck") == 200);
        assertThat(sender.metrics().scrape())
            .doesNotContainPattern("luna_sender_redis_losses_total\\{cause=\"[a-z_]+\"\\} [1-9]");
        redis.publish(account, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
        assertThat(handshake(sender, Service.account())).isEqualTo(101);
      } finally {
        await(sender.stop());
      }
    }
  }

  /** Redis closes the connection in this case. */
  @Test
  @Tag("redis-7") // Redis 6.2 keeps the subscriptions of a user who loses channels
  @Execution(CONCURRENT)
  void restoredChannelsAreReadyWithTheirCanary() {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, Map.of());
      try {
        until("it is ready", () -> status(sender, "/readyz") == 200);
        TestSocket socket = TestSocket.open(sender.port(), account, "");
        redis.command("ACL", "SETUSER", "default", "resetchannels");
        until(
            "the command is named",
            () -> detail(sender, "/readyz").contains("Redis rejects SUBSCRIBE"));
        assertThat(detail(sender, "/healthcheck")).startsWith(NOT_UP + "Redis rejects SUBSCRIBE");
        assertThat(handshake(sender, account)).isEqualTo(503);
        double connections = connections(redis);
        redis.command("ACL", "SETUSER", "default", "allchannels");
        until("it is ready again", () -> status(sender, "/readyz") == 200);
        until("it is healthy again", () -> status(sender, "/healthcheck") == 200);
        assertThat(connections(redis)).isEqualTo(connections);
        until("it is subscribed again", () -> handshake(sender, account) == 101);
        redis.publish(account, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
      } finally {
        await(sender.stop());
      }
    }
  }

  /** Other nodes could not serve the account either, so the clients of other accounts stay here. */
  @Test
  @Execution(CONCURRENT)
  void refusedAccountLeavesTheNodeReadyButUnhealthy() {
    String served = Service.account();
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, Map.of("LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER", "0.5"));
      try {
        until("it is ready", () -> status(sender, "/readyz") == 200);
        TestSocket socket = TestSocket.open(sender.port(), served, "");
        redis.command(
            "ACL",
            "SETUSER",
            "default",
            "resetchannels",
            "&luna-sender.canary.*",
            "&luna-sender:" + served);
        assertThat(handshake(sender, account)).isEqualTo(503);
        assertThat(detail(sender, "/healthcheck"))
            .startsWith(NOT_UP + "Redis rejects 1 of 2 accounts, " + account + ": NOPERM");
        assertThat(status(sender, "/readyz")).isEqualTo(200);
        assertThat(handshake(sender, served)).isEqualTo(101);
        redis.publish(served, payload(event("an event")));
        assertThat(socket.nextEventId()).isEqualTo("an event");
        until("the account is unsubscribed", () -> status(sender, "/healthcheck") == 200);
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  @Tag("redis-7") // sharded channels
  @Execution(CONCURRENT)
  void shardedSubscriptionsRequireTheirOwnRight() {
    try (TestCluster cluster = new TestCluster(0)) {
      Sender sender =
          start(
              cluster.node(0),
              Map.of(
                  "REDIS_DB_ADDRESS__CLUSTER__NODES",
                  cluster.addresses(),
                  "REDIS_DB_ADDRESS__CLUSTER__SHARDED",
                  "1"));
      try {
        until("it is ready", () -> status(sender, "/readyz") == 200);
        cluster.nodes().forEach(node -> node.command("ACL", "SETUSER", "default", "-ssubscribe"));
        until(
            "the command is named",
            () -> detail(sender, "/readyz").contains("Redis rejects SSUBSCRIBE"));
        assertThat(status(sender, "/healthcheck")).isEqualTo(502);
        assertThat(handshake(sender, account)).isEqualTo(503);
        cluster.nodes().forEach(node -> node.command("ACL", "SETUSER", "default", "+ssubscribe"));
        until("it is ready again", () -> status(sender, "/readyz") == 200);
        until("it is healthy again", () -> status(sender, "/healthcheck") == 200);
        assertThat(handshake(sender, Service.account())).isEqualTo(101);
      } finally {
        await(sender.stop());
      }
    }
  }

  /** The connection for commands is rejected, because Redis is full. It delivers no events. */
  @Test
  @Execution(CONCURRENT)
  void unavailableConnectionForCommandsIsReported() {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, Map.of("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0"));
      try {
        until("it is ready", () -> status(sender, "/readyz") == 200);
        redis.command("CONFIG", "SET", "maxclients", "2");
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        until("it is unavailable", () -> detail(sender, "/readyz").startsWith("redis: commands: "));
        assertThat(status(sender, "/healthcheck")).isEqualTo(502);
        redis.command("CONFIG", "SET", "maxclients", "100");
        until("it is ready again", () -> status(sender, "/readyz") == 200);
        assertThat(status(sender, "/healthcheck")).isEqualTo(200);
      } finally {
        await(sender.stop());
      }
    }
  }

  private static double connections(TestRedis redis) {
    String info = redis.command("INFO", "stats").toString();
    return info.lines()
        .filter(line -> line.startsWith("total_connections_received:"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
        .sum();
  }

  private static int handshake(Sender sender, String account) {
    try {
      await(TestSocket.opening(sender.port(), account, "")).close();
      return 101;
    } catch (UpgradeRejectedException refusal) {
      return refusal.getStatus();
    } catch (CompletionException failure) {
      throw new AssertionError(failure);
    }
  }

  private static int status(Sender sender, String path) {
    return answer(sender, path).status();
  }

  private static String detail(Sender sender, String path) {
    return new JsonObject(answer(sender, path).text()).getString("detail", "");
  }

  private static RawHttp.Answer answer(Sender sender, String path) {
    return RawHttp.exchange(
        sender.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static Sender start(TestRedis redis, Map<String, String> access) {
    Map<String, String> environment = new HashMap<>(access);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.put("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "2");
    environment.put("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
