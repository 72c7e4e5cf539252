package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.bridge.history.Takeover.Hole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An event that arrives while a new leader prepares all streams. */
final class TakeoverScanIT {
  private final TestLeader leader = new TestLeader();
  private final String account = UUID.randomUUID().toString();
  private final HeardPayloads payloads =
      new HeardPayloads(TestLeader.KEYS, leader.config.history().retention());

  @AfterEach
  void close() {
    leader.close();
  }

  @Test
  void eventDuringTheScanIsAppendedAfterTheGap() {
    try (HistoryPublisher publisher = new HistoryPublisher(leader.redis.port())) {
      publisher.append(account, "before");
    }
    long hole = System.nanoTime();
    leader.context.runOnContext(begin -> takeOver(new Hole("1 2".getBytes(UTF_8), hole)));

    until("the event is recorded", () -> texts().contains("after"));
    assertThat(texts()).containsExactly("before", "#1 2", "after");
  }

  private List<String> texts() {
    return RecordedStreams.read(leader.redis, account).stream().map(Entry::text).toList();
  }

  /** Takes over, and receives an event just before the stream of its account is found. */
  private void takeOver(Hole hole) {
    Takeover[] takeover = new Takeover[1];
    Takeover.Streams streams =
        next -> {
          HeardPayload event =
              payloads.add(
                  payloads.account(account), "after".getBytes(UTF_8), false, System.nanoTime());
          takeover[0].add(event);
          return next.apply(List.of(account));
        };
    takeover[0] =
        new Takeover(
            payloads,
            new StreamRepair(
                leader.connection::send, leader.calls, leader.clock, leader.metrics.recorder()),
            streams,
            leader.queue(leader.connection::batch),
            leader.calls,
            key -> "",
            hole);
    takeover[0].run();
  }
}
