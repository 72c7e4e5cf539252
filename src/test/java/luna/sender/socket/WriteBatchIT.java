package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.stream.IntStream;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests events that arrive together. */
final class WriteBatchIT {
  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=60000");

  private final String account = Service.account();

  /** More events in one payload than a batch has positions: the rest forms a second batch. */
  @Test
  void moreEventsThanABatchAllArriveInOrder() {
    TestSocket all = service.open(account, "");
    TestSocket some = service.open(account, "sources=odd");
    int events = 3 * WriteBatch.LIMIT + 1;
    service
        .redis()
        .publish(
            account,
            payload(
                IntStream.range(0, events)
                    .mapToObj(i -> event("event " + i).put("source", i % 2 == 1 ? "odd" : "even"))
                    .toArray(JsonObject[]::new)));
    for (int i = 0; i < events; i++) {
      assertThat(all.nextEventId()).isEqualTo("event " + i);
      if (i % 2 == 1) {
        assertThat(some.nextEventId()).isEqualTo("event " + i);
      }
    }
  }

  /**
   * Bytes that the socket accepts immediately do not wait, so they do not count towards the limit.
   */
  @Test
  void batchLargerThanTheQueueReachesAClientThatReads() {
    TestSocket client = service.open(account, "");
    service
        .redis()
        .publish(
            account,
            payload(
                IntStream.range(0, 4)
                    .mapToObj(i -> event("event " + i).put("image", "x".repeat(25_000)))
                    .toArray(JsonObject[]::new)));
    for (int i = 0; i < 4; i++) {
      assertThat(client.nextEventId()).isEqualTo("event " + i);
    }
    assertThat(client.isClosed()).isFalse();
  }
}
