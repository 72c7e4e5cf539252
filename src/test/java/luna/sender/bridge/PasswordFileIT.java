package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests passwords in files that change while the service runs, in Redis and in the file. */
final class PasswordFileIT {
  @TempDir Path folder;

  private final String account = Service.account();

  @Test
  void newPasswordIsUsedForTheNextConnection() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "first\n");
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "first");
      TestLog log = TestLog.listen();
      try (StartedSender sender =
          StartedSender.start(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD_FILE", file.toString()))) {
        TestSocket socket = sender.openAndDeliver(redis, account, "with the first");
        // The file changes before Redis.
        Files.writeString(file, "s3cond pass");
        redis.command("CONFIG", "SET", "requirepass", "s3cond pass");
        cutAll(redis);
        again(redis, socket, "with the second");
        // Redis changes before the file: connections are refused until the file has changed.
        redis.command("CONFIG", "SET", "requirepass", "th1rd");
        cutAll(redis);
        until("it is refused", () -> sender.bridgesReady() == 0);
        Files.writeString(file, "th1rd\r\n");
        again(redis, socket, "with the third");
        assertThat(RawHttp.exchange(sender.port(), RawHttp.get("/config")).text())
            .contains("\"PASSWORD\":\"********\"", "\"PASSWORD_FILE\":\"" + file + "\"")
            .doesNotContain("th1rd");
        assertThat(log.lines().toString()).doesNotContain("s3cond", "th1rd");
      } finally {
        log.detach();
      }
    }
  }

  @Test
  void passwordOfAUserIsRotatedByTheAcl() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "first");
    try (TestRedis redis = new TestRedis()) {
      redis.command("ACL", "SETUSER", "sender", "on", ">first", "~*", "&*", "+@all");
      try (StartedSender sender =
          StartedSender.start(
              redis,
              Map.of(
                  "REDIS_DB_ADDRESS__USER",
                  "sender",
                  "REDIS_DB_ADDRESS__PASSWORD_FILE",
                  file.toString()))) {
        TestSocket socket = sender.openAndDeliver(redis, account, "with the first");
        Files.writeString(file, "second");
        redis.command("ACL", "SETUSER", "sender", ">second", "<first");
        redis.command("CLIENT", "KILL", "USER", "sender");
        again(redis, socket, "with the second");
      }
    }
  }

  @Test
  void temporarilyMissingFileIsAwaited() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "first");
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "first");
      try (StartedSender sender =
          StartedSender.start(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD_FILE", file.toString()))) {
        TestSocket socket = sender.openAndDeliver(redis, account, "before");
        Files.delete(file);
        cutAll(redis);
        until("Redis is unavailable", () -> sender.bridgesReady() == 0);
        Files.writeString(file, "first");
        again(redis, socket, "after");
      }
    }
  }

  @Test
  void sentinelsHaveTheirOwnPasswordFile() throws Exception {
    Path file = Files.writeString(folder.resolve("sentinel"), "first\n");
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel =
            new TestSentinel(
                "our-master",
                redis.port(),
                "user watcher on >first >second -@all +sentinel|get-master-addr-by-name")) {
      try (StartedSender sender =
          StartedSender.start(
              redis,
              sentinel.settings(
                  "REDIS_DB_ADDRESS__SENTINEL__USER",
                  "watcher",
                  "REDIS_DB_ADDRESS__SENTINEL__PASSWORD_FILE",
                  file.toString()))) {
        TestSocket socket = sender.openAndDeliver(redis, account, "with the first");
        Files.writeString(file, "second");
        sentinel.ask("ACL SETUSER watcher <first");
        sentinel.ask("CLIENT KILL USER watcher");
        cutAll(redis);
        again(redis, socket, "with the second");
      }
    }
  }

  /** Kills all connections except the one that sends the commands. */
  private static void cutAll(TestRedis redis) {
    redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  }

  /** Delivers on the same socket, once the account is subscribed again. */
  private void again(TestRedis redis, TestSocket socket, String id) {
    until("it is subscribed", () -> redis.publish(account, payload(event(id))) > 0);
    assertThat(socket.nextEventId()).isEqualTo(id);
  }
}
