package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.demo.TestSentinel;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;

/** Who may come into Redis, and by which door. */
final class RedisAccessIT {
  private final String account = Service.account();

  /** These are all the rights that the service needs. */
  @Test
  void userWithTheLeastRightsIsEnough() {
    try (TestRedis redis =
        new TestRedis(
            "user sender on >s3cret resetchannels &luna-sender:*"
                + " +subscribe +unsubscribe +ping +select")) {
      deliversWith(
          redis,
          Map.of("REDIS_DB_ADDRESS__USER", "sender", "REDIS_DB_ADDRESS__PASSWORD", "s3cret"));
    }
  }

  @Test
  void passwordOfTheDefaultUserIsEnough() {
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "pass word/@:");
      deliversWith(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD", "pass word/@:"));
    }
  }

  @Test
  void anotherDatabaseHasTheSameChannels() {
    try (TestRedis redis = new TestRedis()) {
      deliversWith(redis, Map.of("REDIS_DB_ADDRESS__NUMBER", "3"));
    }
  }

  @Test
  void masterIsFoundThroughTheFirstSentinelThatAnswers() throws Exception {
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel = new TestSentinel("our-master", redis.port())) {
      deliversWith(
          redis,
          Map.of(
              "REDIS_DB_ADDRESS__PORT", "1",
              "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "our-master",
              "REDIS_DB_ADDRESS__SENTINEL__SENTINELS", "127.0.0.1:1,127.0.0.1:" + sentinel.port()));
    }
  }

  @Test
  void wrongPasswordLeavesTheServiceRunningAndUnhealthy() {
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "right");
      Sender sender = start(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD", "wrong"));
      try {
        assertThat(
                TestSocket.refused(sender.port(), "/2/ws", Map.of("Luna-Account-Id", account))
                    .getStatus())
            .isEqualTo(503);
      } finally {
        await(sender.stop());
      }
    }
  }

  private void deliversWith(TestRedis redis, Map<String, String> access) {
    Sender sender = start(redis, access);
    try {
      until("Redis is connected", () -> sender.metrics().redisConnected() == 1);
      TestSocket socket = TestSocket.open(sender.port(), account, "");
      redis.publish(account, payload(event("an event")));
      assertThat(socket.nextEventId()).isEqualTo("an event");
    } finally {
      await(sender.stop());
    }
  }

  private static Sender start(TestRedis redis, Map<String, String> access) {
    Map<String, String> environment = new HashMap<>(access);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.putIfAbsent("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
