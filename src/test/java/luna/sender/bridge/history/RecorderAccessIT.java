package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertNumbered;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import luna.sender.Sender;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A recorder with exactly the permissions of the manual. */
final class RecorderAccessIT {
  private final TestRedis redis = new TestRedis();

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void permissionsOfTheManualAreEnoughToRecordAndToTakeOver() throws Exception {
    String manual = Files.readString(Path.of("src/main/manual/chapters/redis.adoc"));
    manual
        .lines()
        .filter(line -> line.startsWith("ACL SETUSER sender") && !line.contains("cluster|"))
        .filter(line -> line.contains("+select") || line.contains("history"))
        .forEach(line -> redis.command("ACL", line.substring(4).split(" ")));
    redis.command("ACL", "SETUSER", "sender", "&luna-sender.canary.*");
    Map<String, String> settings =
        Map.of(
            "REDIS_DB_ADDRESS__PORT",
            Integer.toString(redis.port()),
            "REDIS_DB_ADDRESS__USER",
            "sender",
            "REDIS_DB_ADDRESS__PASSWORD",
            "s3cret");
    String account = UUID.randomUUID().toString();
    for (int i = 0; i < 2; i++) {
      int size = 2 * i + 1;
      Sender sender = RecordingSender.startLeader(settings);
      redis.publish(account, "payload " + i);
      until("it is recorded", () -> RecordedStreams.read(redis, account).size() == size);
      await(sender.stop());
    }
    assertThat(RecordedStreams.read(redis, account).stream().map(Entry::isGap))
        .containsExactly(false, true, false);
    assertNumbered(RecordedStreams.read(redis, account));
    assertThat(redis.command("ACL", "LOG").size()).isZero();
  }
}
