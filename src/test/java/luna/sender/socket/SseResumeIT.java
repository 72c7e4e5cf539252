package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.event.Position;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestEventStream.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Delivers events of the history as Server-Sent Events. */
final class SseResumeIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HISTORY__MODE=redis",
          "LUNA_SENDER_HISTORY__RECORD=0",
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.4",
          "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=5",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=2000000");

  private final String account = Service.account();
  private HistoryPublisher history;

  @BeforeEach
  void connect() {
    history = new HistoryPublisher(service.redis().port());
  }

  @AfterEach
  void disconnect() {
    history.close();
  }

  @Test
  void lastEventIdResumesAfterARestartOfTheService() {
    publish("one", "two");
    String id;
    try (TestEventStream stream = open("last=1")) {
      assertThat(stream.header("Luna-Resume")).isEqualTo("complete");
      assertThat(stream.message().name()).isEqualTo("resume");
      assertThat(stream.nextEventId()).isEqualTo("two");
      publish("three");
      assertThat(stream.nextEventId()).isEqualTo("three");
      id = stream.lastId();
      assertThat(Position.parse(id)).isNotNull();
      service.restart();
      publish("four");
    }
    publish("five");
    // The query still says where the first connection began. The header counts.
    try (TestEventStream stream = open("last=1", "Last-Event-ID: " + id)) {
      assertThat(stream.header("Luna-Resume")).isEqualTo("complete");
      assertThat(stream.nextEventId()).isEqualTo("four");
      assertThat(stream.nextEventId()).isEqualTo("five");
      Message live = stream.message();
      assertThat(live.name()).isEqualTo("live");
      assertThat(live.json().getJsonObject("live").getInteger("replayed")).isEqualTo(2);
      publish("six");
      assertThat(stream.nextEventId()).isEqualTo("six");
    }
  }

  @Test
  void missingEventsAreAGapEvenIfTheClientHasNotAskedForGaps() {
    Position gone;
    try (HistoryPublisher small = new HistoryPublisher(service.redis().port(), 2)) {
      gone = small.append(account, payload(event("e0")));
      for (int i = 1; i <= 4; i++) {
        small.append(account, payload(event("e" + i)));
      }
    }
    try (TestEventStream stream = open("after=" + gone)) {
      assertThat(stream.header("Luna-Resume")).isEqualTo("partial");
      assertThat(stream.message().name()).isEqualTo("resume");
      assertThat(stream.message().name()).isEqualTo("gap");
      assertThat(stream.nextEventId()).isEqualTo("e3");
      assertThat(stream.nextEventId()).isEqualTo("e4");
    }
  }

  @Test
  void idMovesOnWhileNoEventPasses() {
    publish("one");
    try (TestEventStream stream = open("tags=none")) {
      Position newest = history.append(account, payload(event("two")));
      until(
          "the position arrives",
          () -> {
            String line = stream.line();
            return line != null && line.startsWith("id: " + newest);
          });
    }
  }

  @Test
  void slowClientIsClosedWithItsReasonAndResumes() throws Exception {
    String large = "x".repeat(300_000);
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(1 << 16);
      socket.connect(new java.net.InetSocketAddress("127.0.0.1", service.port()));
      String request =
          RawHttp.get("/2/events", "Luna-Account-Id: " + account, "Accept: text/event-stream");
      try (TestEventStream stream = TestEventStream.over(socket, request)) {
        int published = 0;
        while (service.metric("luna_sender_connections") == 0) {
          Thread.onSpinWait();
        }
        for (; service.metric("luna_sender_events_dropped", "reason", "slow") == 0; published++) {
          assertThat(published).isLessThan(200);
          history.append(account, payload(event("e" + published).put("large", large)));
        }
        int received = 0;
        Message message = stream.message();
        for (; message.name().equals("message"); message = stream.message()) {
          assertThat(message.eventId()).isEqualTo("e" + received++);
        }
        assertThat(message.name()).isEqualTo("close");
        assertThat(message.json().getInteger("code")).isEqualTo(4008);
        assertThat(stream.next()).isNull();
        assertThat(received).isPositive().isLessThan(published);
        try (TestEventStream again = open("", "Last-Event-ID: " + stream.lastId())) {
          for (; received < published; received++) {
            assertThat(again.nextEventId()).isEqualTo("e" + received);
          }
        }
      }
    }
  }

  private void publish(String... ids) {
    for (String id : ids) {
      history.append(account, payload(event(id)));
    }
  }

  private TestEventStream open(String query, String... lines) {
    return TestEventStream.open(service.port(), account, query, lines);
  }
}
