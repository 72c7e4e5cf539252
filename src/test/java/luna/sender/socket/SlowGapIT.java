package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a gap that waits for a slow client among events that are dropped. */
final class SlowGapIT {
  private static final int BEFORE = 30;
  private static final int EVENTS = 60;
  private static final String IMAGE = "x".repeat(500_000);

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=2000000",
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2");

  private final String account = Service.account();

  @ParameterizedTest
  @ValueSource(strings = {"drop_oldest", "latest"})
  void lossOfRedisIsReportedInItsPlaceAmongDroppedEvents(String slow) throws IOException {
    String query = "gaps=1&slow=" + slow;
    RawSocket narrow = RawSocket.open(RawSocket.narrow(service.port()), account, query);
    try (RawSocket client = narrow) {
      publish(0, BEFORE);
      // A server that is killed takes what it has not sent with it.
      until("all have arrived", () -> service.metric("luna_sender_events_matched") == BEFORE);
      until("events are dropped", () -> dropped(slow) > 0);
      loseRedis();
      double droppedBefore = dropped(slow);
      publish(BEFORE, EVENTS);
      until(
          "all earlier events are dropped",
          () -> dropped(slow) > droppedBefore + EVENTS - BEFORE - 6);
      readAll(client);
    }
  }

  /** The client is also disconnected, and must not take that for the only loss. */
  @Test
  void lossOfRedisIsReportedToAClientThatIsClosedAsSlow() throws IOException {
    RawSocket narrow = RawSocket.open(RawSocket.narrow(service.port()), account, "gaps=1");
    try (RawSocket client = narrow) {
      int published = 0;
      while (service.metric("luna_sender_queue_bytes") == 0) {
        publish(published, ++published);
        int matched = published;
        // Otherwise more events would follow than the client's queue allows, and it would be closed
        // too early.
        until("it is delivered", () -> service.metric("luna_sender_events_matched") == matched);
      }
      loseRedis();
      while (service.metric("luna_sender_events_dropped", "reason", "slow") == 0) {
        publish(published, ++published);
      }
      List<String> notices = new ArrayList<>();
      Frame frame = client.nextButPing();
      for (; frame.opcode() == RawSocket.TEXT; frame = client.nextButPing()) {
        JsonObject message = message(frame);
        notices.add(message.containsKey("event") ? "event" : message.encode());
      }
      assertThat(frame.closeCode()).isEqualTo(4008);
      assertThat(notices).anyMatch(notice -> notice.startsWith("{\"gap\""));
    }
  }

  private void loseRedis() {
    service.expectWarning("Gap closed");
    service.expectWarning("Redis");
    service.redis().kill();
    until("the loss is noticed", () -> service.metric("luna_sender_bridges_ready") == 0);
    service.redis().restart();
    service.awaitRedis();
  }

  /**
   * Each event arrives or is counted, and the gap for the loss of Redis is between the two halves.
   */
  private static void readAll(RawSocket client) throws IOException {
    int next = 0;
    int redis = -1;
    while (next < EVENTS) {
      JsonObject message = message(client.nextButPing());
      JsonObject gap = message.getJsonObject("gap");
      if (gap == null) {
        assertThat(message.getJsonObject("event").getString("event_id"))
            .isEqualTo(Integer.toString(next++));
      } else {
        assertThat(Instant.parse(gap.getString("from")))
            .isBeforeOrEqualTo(Instant.parse(gap.getString("to")));
        if (gap.getString("cause").equals("slow")) {
          next += gap.getInteger("dropped");
        } else {
          assertThat(gap.getString("cause")).startsWith("redis_");
          assertThat(gap.getValue("dropped")).isNull();
          redis = next;
        }
      }
    }
    assertThat(next).isEqualTo(EVENTS);
    assertThat(redis).isEqualTo(BEFORE);
  }

  private void publish(int first, int end) {
    for (int i = first; i < end; i++) {
      service.redis().publish(account, payload(event(Integer.toString(i)).put("image", IMAGE)));
    }
  }

  private double dropped(String slow) {
    return service.metric("luna_sender_events_dropped", "reason", slow);
  }

  private static JsonObject message(Frame frame) {
    return new JsonObject(new String(frame.payload(), UTF_8));
  }
}
