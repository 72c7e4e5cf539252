package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests clients whose policy is to drop events instead of being closed. */
final class SlowPolicyIT {
  /** More than the socket buffers of this machine accept, which can be 37 MB. */
  private static final int EVENTS = 120;

  private static final String LARGE = "x".repeat(500_000);

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=2000000");

  private final String account = Service.account();

  /** The number of received events, and the number of dropped ones that gaps reported. */
  private record Counts(int received, int dropped) {}

  @Test
  void oldestEventsAreDroppedAndAGapReplacesThem() {
    Instant before = Instant.now();
    TestSocket slow = service.open(account, "slow=drop_oldest&gaps=1");
    publishWhilePaused(slow);
    slow.resume();
    Counts counts = readAll(slow, before);
    assertThat(counts.dropped).isEqualTo((int) dropped("drop_oldest"));
    assertThat(counts.received).isEqualTo(EVENTS - counts.dropped);
    publish(EVENTS);
    assertThat(slow.nextEventId()).isEqualTo(Integer.toString(EVENTS));
    assertThat(slow.isClosed()).isFalse();
  }

  @Test
  void policyLatestQueuesOnlyTheNewestEvent() {
    TestSocket slow = service.open(account, "slow=latest");
    publishWhilePaused(slow);
    slow.resume();
    int received = 0;
    String last = "";
    while (!last.equals(Integer.toString(EVENTS - 1))) {
      last = slow.nextEventId();
      received++;
    }
    assertThat(received).isEqualTo(EVENTS - (int) dropped("latest"));
  }

  @Test
  void unknownPolicyIsRejectedByName() {
    var refusal =
        TestSocket.refused(
            service.port(), "/2/ws?slow=sometimes", Map.of("Luna-Account-Id", account));
    assertThat(refusal.getStatus()).isEqualTo(400);
    assertThat(refusal.getBody().toString()).contains("slow");
  }

  private Counts readAll(TestSocket slow, Instant before) {
    int next = 0;
    int received = 0;
    int dropped = 0;
    while (next < EVENTS) {
      JsonObject message = slow.next();
      JsonObject gap = message.getJsonObject("gap");
      if (gap == null) {
        assertThat(message.getJsonObject("event").getString("event_id"))
            .isEqualTo(Integer.toString(next++));
        received++;
      } else {
        assertThat(gap.getString("cause")).isEqualTo("slow");
        assertThat(Instant.parse(gap.getString("from")).plusMillis(1)).isAfter(before);
        assertThat(Instant.parse(gap.getString("to"))).isBefore(Instant.now());
        next += gap.getInteger("dropped");
        dropped += gap.getInteger("dropped");
      }
    }
    return new Counts(received, dropped);
  }

  private void publishWhilePaused(TestSocket slow) {
    slow.pause();
    for (int i = 0; i < EVENTS; i++) {
      publish(i);
    }
    until("all are matched", () -> service.metric("luna_sender_events_matched") == EVENTS);
    until("some are dropped", () -> service.metric("luna_sender_events_dropped") > 0);
  }

  private void publish(int id) {
    service.redis().publish(account, payload(event(Integer.toString(id)).put("image", LARGE)));
  }

  private double dropped(String policy) {
    return service.metric("luna_sender_events_dropped", "reason", policy);
  }
}
