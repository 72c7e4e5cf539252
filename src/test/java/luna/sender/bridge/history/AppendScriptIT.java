package luna.sender.bridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import luna.sender.bridge.HistoryKeys;
import luna.sender.event.Position;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The script {@code append.lua} with positions that a recorder proposes. */
final class AppendScriptIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private final TestRedis redis = new TestRedis();
  private final String account = UUID.randomUUID().toString();
  private final HistoryPublisher publisher = new HistoryPublisher(redis.port());
  private final Position first = publisher.append(account, "1");

  @AfterEach
  void stop() {
    publisher.close();
    redis.close();
  }

  /** Appends a payload with a proposed position; returns its actual position. */
  private String append(String payload, String epoch, long number, String id) {
    redis.command("SET", KEYS.lease(), "token");
    List<String> arguments = new ArrayList<>(List.of(Script.APPEND.text(), "3"));
    arguments.addAll(List.of(KEYS.stream(account), KEYS.state(account), KEYS.lease()));
    arguments.addAll(List.of(payload, KEYS.live(account), "1000", "3600000", "PUBLISH", "token"));
    arguments.addAll(List.of("p", epoch, Long.toString(number), id));
    return redis.command("EVAL", arguments.toArray(String[]::new)).toString();
  }

  private String laterId() {
    return first.millis() + "-99";
  }

  @Test
  void proposalThatContinuesTheHistoryIsUsed() {
    assertThat(append("2", first.epoch(), 2, laterId()))
        .isEqualTo(first.epoch() + "-2-" + laterId());
    assertThat(RecordedStreams.read(redis, account).get(1).id()).isEqualTo(laterId());
  }

  @Test
  void proposalOfAnotherNumberOrEpochIsNotUsed() {
    assertThat(append("2", first.epoch(), 3, laterId())).startsWith(first.epoch() + "-2-");
    assertThat(append("3", "abc", 3, laterId())).startsWith(first.epoch() + "-3-");
    assertThat(RecordedStreams.read(redis, account))
        .extracting(RecordedStreams.Entry::id)
        .doesNotContain(laterId());
  }

  @Test
  void proposalWithAnOldIdIsNotUsed() {
    assertThat(append("2", first.epoch(), 2, "1-0"))
        .startsWith(first.epoch() + "-2-")
        .doesNotEndWith("-1-0");
    assertThat(RecordedStreams.read(redis, account)).hasSize(2);
  }

  @Test
  void proposalIsNotUsedInANewEpoch() {
    redis.command("DEL", KEYS.stream(account), KEYS.state(account));
    assertThat(append("2", first.epoch(), 1, laterId()))
        .doesNotStartWith(first.epoch())
        .contains("-1-");
  }
}
