package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client gets: its events, all of them, in order, and nothing else. */
final class DeliveryIT {
  @RegisterExtension final Service service = new Service();

  private final String account = UUID.randomUUID().toString();

  @Test
  void eventThatPassesTheFilterIsDeliveredAndNoOther() {
    TestSocket socket = service.open(account, "gender=1&age__gte=18");
    publish(
        with(event("girl"), "face_attributes.basic_attributes.gender", 0),
        person("boy", 1, 17),
        person("man", 1, 18));
    assertThat(socket.nextEventId()).isEqualTo("man");
    publish(person("other man", 1, 80));
    assertThat(socket.nextEventId()).isEqualTo("other man");
    assertThat(socket.waiting()).isZero();
  }

  @Test
  void eventOfAnotherAccountIsNeverDelivered() {
    String other = UUID.randomUUID().toString();
    TestSocket socket = service.open(account, "");
    TestSocket otherSocket = service.open(other, "");
    service.redis().publish(other, payload(event("theirs")));
    service.redis().publish(account, payload(event("ours")));
    assertThat(socket.nextEventId()).isEqualTo("ours");
    assertThat(otherSocket.nextEventId()).isEqualTo("theirs");
    assertThat(socket.waiting() + otherSocket.waiting()).isZero();
  }

  @Test
  void hundredEventsOfOnePayloadKeepTheirOrder() {
    List<TestSocket> sockets = List.of(service.open(account, ""), service.open(account, ""));
    JsonObject[] events = new JsonObject[100];
    for (int i = 0; i < events.length; i++) {
      events[i] = event("event " + i);
    }
    publish(events);
    for (TestSocket socket : sockets) {
      for (JsonObject expected : events) {
        assertThat(socket.nextEventId()).isEqualTo(expected.getString("event_id"));
      }
    }
  }

  @Test
  void whatIsPublishedRightAfterTheHandshakeIsDelivered() {
    List<String> accounts = new ArrayList<>();
    List<Future<TestSocket>> sockets = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      accounts.add(UUID.randomUUID().toString());
    }
    for (String each : accounts) {
      sockets.add(TestSocket.opening(service.port(), each, "").onSuccess(socket -> {}));
    }
    for (int i = 0; i < accounts.size(); i++) {
      TestSocket socket = await(sockets.get(i));
      int receivers = service.redis().publish(accounts.get(i), payload(event("event " + i)));
      assertThat(receivers).isEqualTo(1);
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
  }

  private void publish(JsonObject... events) {
    service.redis().publish(account, payload(events));
  }

  private static JsonObject person(String id, int gender, int age) {
    JsonObject event = with(event(id), "face_attributes.basic_attributes.gender", gender);
    return with(event, "face_attributes.basic_attributes.age", age);
  }
}
