package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.stream.IntStream;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests one account's flood and another account's single event on one event loop. */
final class FairnessIT {
  private static final int CLIENTS = 100;
  private static final int EVENTS = 3000;

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1");

  @Test
  void eventOfAQuietAccountIsDeliveredDuringAnothersFlood() throws Exception {
    String flooded = Service.account();
    String quiet = Service.account();
    for (int i = 0; i < CLIENTS; i++) {
      service.open(flooded, "slow=drop_oldest");
    }
    // Reads on this thread: the event loop of the other clients is busy with the flood.
    try (RawSocket client = new RawSocket(service.port(), quiet)) {
      // Makes both accounts active.
      service.redis().publish(quiet, payload(event("first")));
      assertThat(eventId(client)).isEqualTo("first");
      // The counter is read after the event arrived: on a busy machine the flood can be over by
      // then.
      int attempts = 1;
      while (!isDeliveredDuringFlood(flooded, quiet, client)) {
        assertThat(attempts++).isLessThan(10);
      }
    }
  }

  private static String eventId(RawSocket client) throws IOException {
    return new JsonObject(Buffer.buffer(client.nextButPing().payload()))
        .getJsonObject("event")
        .getString("event_id");
  }

  private boolean isDeliveredDuringFlood(String flooded, String quiet, RawSocket client)
      throws IOException {
    double before = service.metric("luna_sender_events_matched");
    double flood = 1.0 * CLIENTS * EVENTS;
    service
        .redis()
        .publish(
            flooded,
            payload(
                IntStream.range(0, EVENTS)
                    .mapToObj(i -> event(Integer.toString(i)))
                    .toArray(JsonObject[]::new)));
    service.redis().publish(quiet, payload(event("second")));
    assertThat(eventId(client)).isEqualTo("second");
    // The event was published after the flood. If it had to wait, all of the flood is matched.
    double matched = service.metric("luna_sender_events_matched") - before;
    until(
        "the flood is over",
        () -> service.metric("luna_sender_events_matched") - before == flood + 1);
    return matched < flood;
  }
}
