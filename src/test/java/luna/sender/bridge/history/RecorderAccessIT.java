package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertNumbered;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    for (String payload : List.of("payload 0", "payload 1")) {
      Sender sender = RecordingSender.startLeader(settings);
      try {
        redis.publish(account, payload);
        until(
            "it is recorded",
            () ->
                RecordedStreams.read(redis, account).stream()
                    .anyMatch(entry -> entry.text().equals(payload)));
      } finally {
        await(sender.stop());
      }
    }
    // A busy machine can cause more gaps than the one between the two recorders.
    List<Entry> entries = RecordedStreams.read(redis, account);
    assertThat(entries.stream().filter(entry -> !entry.isGap()).map(Entry::text))
        .containsExactly("payload 0", "payload 1");
    assertThat(entries.stream().dropWhile(Entry::isGap).skip(1).findFirst().orElseThrow().isGap())
        .isTrue();
    assertNumbered(entries);
    assertThat(redis.command("ACL", "LOG").size()).isZero();
  }
}
