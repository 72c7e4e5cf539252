package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.event.Position;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests that a client which starts in the history joins the live events without a seam. */
final class ReplayLiveIT {
  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HISTORY__MODE=redis",
          "LUNA_SENDER_HISTORY__RECORD=0",
          "LUNA_SENDER_HISTORY__REPLAYS=3",
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=1",
          "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=1",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=65536");

  private final String account = Service.account();
  private final List<Position> positions = new ArrayList<>();
  private HistoryPublisher publisher;

  @BeforeEach
  void connect() {
    publisher = new HistoryPublisher(service.redis().port());
  }

  @AfterEach
  void disconnect() {
    publisher.close();
  }

  private static String text(int number) {
    return payload(event(Integer.toString(number)));
  }

  private void append(int count) {
    for (int i = 0; i < count; i++) {
      positions.add(publisher.append(account, text(positions.size())));
    }
  }

  /** Requires each event from this number on, once and in order. */
  private void assertAll(TestSocket client, int from, int to) {
    for (int i = from; i < to; i++) {
      assertThat(client.nextEventId()).isEqualTo(Integer.toString(i));
    }
  }

  @Test
  void replayedAndLiveEventsFollowEachOther() {
    append(100);
    TestSocket client = service.open(account, "after=" + positions.get(9));
    append(50);
    assertAll(client, 10, 150);
    append(5);
    assertAll(client, 150, 155);
    assertThat(client.waiting()).isZero();
  }

  @Test
  void manyClientsContinueWhileEventsArrive() {
    Random random = new Random(7);
    append(300);
    Map<Integer, Future<TestSocket>> clients = new HashMap<>();
    for (int round = 0; round < 60; round++) {
      int from = random.nextInt(positions.size());
      clients.put(
          from, TestSocket.opening(service.port(), account, "after=" + positions.get(from)));
      append(random.nextInt(20));
      if (round % 20 == 10) {
        // A handshake during the kill would be rejected.
        clients.values().forEach(Waiting::await);
        double losses = service.metric("luna_sender_redis_losses");
        service.redis().command("CLIENT", "KILL", "TYPE", "pubsub");
        until("it is noticed", () -> service.metric("luna_sender_redis_losses") > losses);
        service.awaitRedis();
      }
    }
    append(10);
    clients.forEach((from, client) -> assertAll(await(client), from + 1, positions.size()));
    append(3);
    int end = positions.size();
    clients.forEach((from, client) -> assertAll(await(client), end - 3, end));
    until("no replay runs", () -> service.metric("luna_sender_replays_running") == 0);
    assertThat(service.metric("luna_sender_replays_waiting")).isZero();
    service.expectWarning("Redis");
  }

  @Test
  void clientThatDoesNotReadHoldsNothingUpAndMissesNothing() {
    append(1);
    String large = "x".repeat(10_000);
    for (int i = 0; i < 2000; i++) {
      publisher.append(account, payload(with(event(Integer.toString(i)), "source", large)));
    }
    List<TestSocket> slow = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      slow.add(service.open(account, "after=" + positions.get(0)));
      slow.get(i).pause();
    }
    TestSocket other = service.open(account, "last=3");
    for (int i = 1997; i < 2000; i++) {
      assertThat(other.nextEventId()).isEqualTo(Integer.toString(i));
    }
    assertThat(service.metric("luna_sender_queue_bytes")).isLessThan(5 * 200_000);
    for (int i = 2000; i < 2100; i++) {
      publisher.append(account, payload(event(Integer.toString(i))));
    }
    slow.forEach(TestSocket::resume);
    for (TestSocket each : slow) {
      assertAll(each, 0, 2100);
    }
    assertThat(service.metric("luna_sender_events_dropped")).isZero();
  }

  @Test
  void slowPolicyDoesNotDropEventsOfTheHistory() {
    append(1000);
    for (String slow : List.of("latest", "drop_oldest")) {
      assertAll(service.open(account, "last=1000&slow=" + slow), 0, 1000);
    }
  }

  @Test
  void positionMessagesKeepANarrowClientNearTheNewestEvent() {
    TestSocket client = service.open(account, "positions=1&sources=none");
    append(5);
    String newest = positions.get(4).toString();
    until("the newest position arrives", () -> newest.equals(client.next().getString("position")));
    assertThat(client.next()).isEqualTo(new JsonObject().put("position", newest));
  }

  @Test
  void compressedFramesHavePositionsToo() {
    String source = "door ".repeat(100);
    Position position =
        publisher.append(account, payload(with(event("a"), "source", source), event("b")));
    TestSocket plain = service.open(account, "last=2");
    TestSocket client = TestSocket.deflating(service.port(), account, "last=2&positions=1");
    assertThat(client.headers().get("Sec-WebSocket-Extensions")).contains("permessage-deflate");
    assertThat(client.next().containsKey("resume")).isTrue();
    assertThat(next(client)).isEqualTo(withPosition(plain.nextText(), position.at(0)));
    assertThat(next(client)).isEqualTo(withPosition(plain.nextText(), position));
    assertThat(next(client)).startsWith("{\"live\"");
    Position live = publisher.append(account, payload(with(event("c"), "source", source)));
    assertThat(next(client)).isEqualTo(withPosition(plain.nextText(), live));
  }

  /** Returns the next message that is not only a position. */
  private static String next(TestSocket client) {
    String text = client.nextText();
    while (text.startsWith("{\"position\"")) {
      text = client.nextText();
    }
    return text;
  }

  private static String withPosition(String text, Position position) {
    return text.substring(0, text.length() - 1) + ",\"position\":\"" + position + "\"}";
  }

  @Test
  void clientContinuesAfterTheLastPositionThatItHas() {
    append(10);
    String last = positions.get(3).toString();
    for (int number = 4; number < 40; number++) {
      TestSocket client = service.open(account, "positions=1&after=" + last);
      JsonObject message = client.next();
      while (!message.containsKey("event")) {
        message = client.next();
      }
      assertThat(message.getJsonObject("event").getString("event_id"))
          .isEqualTo(Integer.toString(number));
      last = message.getString("position");
      client.close();
      append(1);
    }
  }
}
