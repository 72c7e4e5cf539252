package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests that a client receives all of its events, in order, and nothing else. */
final class DeliveryIT {
  @RegisterExtension final Service service = Service.shared();

  private final String account = UUID.randomUUID().toString();

  @Test
  void onlyEventsThatPassTheFilterAreDelivered() {
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
  void eventPublishedRightAfterTheHandshakeIsDelivered() {
    List<String> accounts = new ArrayList<>();
    List<Future<TestSocket>> sockets = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      accounts.add(UUID.randomUUID().toString());
    }
    for (String each : accounts) {
      sockets.add(TestSocket.opening(service.port(), each, ""));
    }
    for (int i = 0; i < accounts.size(); i++) {
      TestSocket socket = await(sockets.get(i));
      int receivers = service.redis().publish(accounts.get(i), payload(event("event " + i)));
      assertThat(receivers).isEqualTo(1);
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
  }

  @Test
  void eventIsPassedThroughByteForByte() {
    String odd =
        "{ \"event_id\":\"odd\", \"big\":123456789012345678901234567890,\"p\":1.10 ,"
            + "\"e\":1E400,\"esc\":\"\\u00e9\\/\\n\",\"raw\":\"\u2028 \u00e9 \ud83d\ude00\",\"n\":null,"
            + "\"unknown\":[ ] }";
    TestSocket socket = service.open(account, "");
    service.redis().publish(account, payload("[" + odd + "]"));
    assertThat(socket.nextText())
        .isEqualTo(
            "{\"event\":"
                + odd
                + ",\"handler_id\":\"557d54ec-29ad-4f3c-93b4-c9092ef12515\""
                + ",\"event-create-time\":\"2019-08-24T14:15:22Z\""
                + ",\"event-end-time\":\"2019-08-24T14:15:23Z\""
                + ",\"Luna-Request-id\":\"1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a\"}");
  }

  @Test
  void eventOf900KilobytesArrivesWhole() {
    TestSocket socket = service.open(account, "");
    JsonObject large = event("large").put("image", "x".repeat(900_000));
    publish(large, event("next"));
    assertThat(socket.next().getJsonObject("event")).isEqualTo(large);
    assertThat(socket.nextEventId()).isEqualTo("next");
  }

  @Test
  void malformedPayloadIsCountedAndAffectsNoOtherEvent() {
    service.expectWarning("Malformed payload");
    TestSocket socket = service.open(account, "");
    Map<String, String> malformed =
        Map.of(
            "not_json", "{\"events\":[{]",
            "not_object", "[1]",
            "no_events", "{\"handler_id\":null}",
            "events_not_array", "{\"events\":{}}",
            "bad_field", "{\"handler_id\":{},\"events\":[{}]}",
            "too_deep", "{\"events\":" + "[".repeat(200) + "]".repeat(200) + "}",
            "too_large", payload(event().put("image", "x".repeat(1 << 20))));
    malformed.values().forEach(text -> service.redis().publish(account, text));
    service.redis().publish(account, payload("[1,{\"event_id\":\"good\"},null]"));
    assertThat(socket.nextEventId()).isEqualTo("good");
    malformed
        .keySet()
        .forEach(
            reason ->
                assertThat(service.metric("luna_sender_malformed", "reason", reason))
                    .as(reason)
                    .isEqualTo(1));
    assertThat(service.metric("luna_sender_malformed", "reason", "event_not_object")).isEqualTo(2);
    assertThat(socket.waiting()).isZero();
  }

  @Test
  void payloadThatIsNotUtf8IsCountedAndAffectsNoOtherEvent() {
    service.expectWarning("Malformed payload");
    TestSocket socket = service.open(account, "");
    byte[] bytes = payload(event("caf?")).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = bytes[i] == '?' ? (byte) 0xE9 : bytes[i];
    }
    service.redis().publish(account, bytes);
    publish(event("good"));
    assertThat(socket.nextEventId()).isEqualTo("good");
    assertThat(service.metric("luna_sender_malformed", "reason", "not_utf8")).isEqualTo(1);
  }

  @Test
  void manyMalformedPayloadsAreOneLineWithoutTheirContent() {
    service.expectWarning("Malformed payload");
    long start = System.nanoTime();
    // A sender of its own: each limits the rate of this line, and other tests cause it too.
    try (StartedSender sender = StartedSender.start(service.redis(), Map.of())) {
      TestSocket socket = sender.openAndDeliver(service.redis(), account, "first");
      for (int i = 0; i < 200; i++) {
        service.redis().publish(account, "{\"events\":[{\"user_data\":\"a secret\",}]}");
      }
      publish(event("good"));
      assertThat(socket.nextEventId()).isEqualTo("good");
      assertThat(service.warnings("Malformed payload"))
          .hasSizeBetween(1, TestLog.linesSince(start))
          .allSatisfy(
              line ->
                  assertThat(line)
                      .contains("not_json", account)
                      .doesNotContain("secret", "user_data"));
    }
  }

  @Test
  void clientsOfBothEventLoopsShareOneSubscriberConnection() {
    List<TestSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sockets.add(service.open(account, ""));
    }
    Response subscribers = service.redis().command("PUBSUB", "NUMSUB", "luna-sender:" + account);
    assertThat(subscribers.get(1).toInteger()).isEqualTo(1);
    assertThat(service.redis().publish(account, payload(event("for all")))).isEqualTo(1);
    for (TestSocket socket : sockets) {
      assertThat(socket.nextEventId()).isEqualTo("for all");
    }
    assertThat(sockets).allMatch(socket -> socket.waiting() == 0);
  }

  @Test
  void oneSubscriptionServesAllClientsOfAnAccount() {
    List<TestSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sockets.add(service.open(account, "age__gte=" + i));
    }
    int receivers = service.redis().publish(account, payload(person("ten", 1, 10)));
    assertThat(receivers).isEqualTo(1);
    for (int i = 0; i <= 10; i++) {
      assertThat(sockets.get(i).nextEventId()).isEqualTo("ten");
    }
    until("11 are delivered", () -> service.metric("luna_sender_events_delivered") == 11);
    assertThat(sockets.subList(11, 20)).allMatch(socket -> socket.waiting() == 0);
  }

  private void publish(JsonObject... events) {
    service.redis().publish(account, payload(events));
  }

  private static JsonObject person(String id, int gender, int age) {
    JsonObject event = with(event(id), "face_attributes.basic_attributes.gender", gender);
    return with(event, "face_attributes.basic_attributes.age", age);
  }
}
