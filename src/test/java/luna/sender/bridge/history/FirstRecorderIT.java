package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The first recorder of a history is killed before it renews its lease. */
final class FirstRecorderIT {
  private final TestRedis redis = new TestRedis();
  private final String account = UUID.randomUUID().toString();

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void nextRecorderRecordsAGap() throws Exception {
    try (PackagedSender first =
        RecordingSender.startPackaged(redis, Map.of("LUNA_SENDER_HISTORY__LEASE", "4"))) {
      first.awaitLine("This node is the recorder of the history");
      redis.publish(account, "payload 0");
      until("it is recorded", () -> texts().contains("payload 0"));
      first.process().destroyForcibly().waitFor();
    }
    // The lease would expire later.
    redis.command("DEL", new HistoryKeys("luna-sender").lease());
    Sender second =
        RecordingSender.startLeader(
            Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())));
    try {
      redis.publish(account, "payload 1");
      until("it is recorded", () -> texts().contains("payload 1"));
    } finally {
      await(second.stop());
    }
    List<String> texts = texts();
    assertThat(texts.get(1)).startsWith("#");
    assertThat(texts).hasSize(3).startsWith("payload 0").endsWith("payload 1");
  }

  private List<String> texts() {
    return RecordedStreams.read(redis, account).stream().map(Entry::text).toList();
  }
}
