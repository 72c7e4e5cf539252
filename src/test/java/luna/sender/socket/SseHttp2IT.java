package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestEventStream.Message;
import luna.sender.testing.TestHttp2;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Delivers events as Server-Sent Events on streams of one HTTP/2 connection. */
final class SseHttp2IT {
  private static final Path FOLDER = TestCertificates.serverFolder();
  private static final String GENDER = "face_attributes.basic_attributes.gender";
  private static final int STREAMS = 100;
  private static final String LARGE = "x".repeat(10_000);

  @RegisterExtension
  final Service service =
      Service.shared(
          TestCertificates.settings(
              FOLDER,
              "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=20",
              "LUNA_SENDER_HISTORY__MODE=redis",
              "LUNA_SENDER_HISTORY__RECORD=0",
              "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.4",
              "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=5",
              "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=2",
              "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=1000000"));

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
  void eventsArriveWithTheirBytesAndPositions() {
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream stream = http.events(account, "gender=1")) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.header("Content-Type")).isEqualTo("text/event-stream");
      assertThat(stream.header("Luna-Request-Id")).isNotEmpty();
      assertThat(stream.header("Connection")).isEmpty();
      history.append(account, payload(with(event("woman"), GENDER, 0)));
      history.append(account, payload(with(event("man").put("x", LARGE), GENDER, 1)));
      Message message = stream.message();
      assertThat(message.eventId()).isEqualTo("man");
      assertThat(message.lastEventId()).isNotEmpty();
      assertThat(stream.retryMillis()).isBetween(1000, 5000);
    }
  }

  @Test
  void eachStreamOfAConnectionHasItsOwnFilter() {
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      List<TestEventStream> streams = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        streams.add(http.events(account, "tags=t" + i));
      }
      until(
          "all are open",
          () -> service.metric("luna_sender_handshakes", "outcome", "accepted") == STREAMS);
      assertThat(service.metric("luna_sender_connections")).isEqualTo(STREAMS);
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < STREAMS; i++) {
          history.append(account, payload(tagged(round + "-" + i, "t" + i)));
        }
      }
      for (int i = 0; i < STREAMS; i++) {
        for (int round = 0; round < 3; round++) {
          assertThat(streams.get(i).nextEventId()).isEqualTo(round + "-" + i);
        }
      }
      assertThat(http.get("/version").status()).isEqualTo(200);
      streams.forEach(TestEventStream::close);
      until(
          "they are gone", () -> service.metric("luna_sender_closes", "reason", "lost") == STREAMS);
      assertThat(service.metric("luna_sender_connections")).isZero();
      assertThat(http.get("/version").status()).isEqualTo(200);
    }
  }

  private static JsonObject tagged(String id, String tag) {
    return with(event(id), "tags", List.of(tag));
  }

  @Test
  void streamThatIsNotReadIsClosedAndHoldsUpNoOther() {
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream fast = http.events(account, "")) {
      http.unread(account, "slow=close");
      until("both are open", () -> service.metric("luna_sender_connections") == 2);
      for (int i = 0; i < 300; i++) {
        history.append(account, payload(event("e" + i).put("x", LARGE)));
        assertThat(fast.nextEventId()).isEqualTo("e" + i);
      }
      until("it is closed", () -> service.metric("luna_sender_closes", "reason", "slow") == 1);
      until("it is gone", () -> service.metric("luna_sender_connections") == 1);
      history.append(account, payload(event("after")));
      assertThat(fast.nextEventId()).isEqualTo("after");
    }
  }

  @Test
  void streamThatIsReadAgainHasLostOnlyWhatItsPolicyDrops() {
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream fast = http.events(account, "")) {
      HttpClientResponse unread = http.unread(account, "slow=drop_oldest&gaps=1");
      for (int i = 0; i < 300; i++) {
        history.append(account, payload(event("e" + i).put("x", LARGE)));
        assertThat(fast.nextEventId()).isEqualTo("e" + i);
      }
      try (TestEventStream stream = http.read(unread)) {
        int next = 0;
        int missing = 0;
        while (next < 300) {
          Message message = stream.message();
          if (message.name().equals("gap")) {
            missing = message.json().getJsonObject("gap").getInteger("dropped");
          } else if (message.name().equals("message")) {
            next += missing;
            missing = 0;
            assertThat(message.eventId()).isEqualTo("e" + next);
            next++;
          }
        }
      }
    }
  }

  @Test
  void replayGoesAtThePaceOfItsOwnStream() {
    for (int i = 0; i < 1000; i++) {
      history.append(account, payload(event("e" + i).put("x", LARGE)));
    }
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      HttpClientResponse unread = http.unread(account, "last=1000");
      try (TestEventStream other = http.events(account, "last=1000")) {
        for (int i = 0; i < 1000; i++) {
          assertThat(other.nextEventId()).isEqualTo("e" + i);
        }
      }
      try (TestEventStream stream = http.read(unread)) {
        for (int i = 0; i < 1000; i++) {
          assertThat(stream.nextEventId()).isEqualTo("e" + i);
        }
      }
    }
  }

  @Test
  void lastEventIdResumesAfterARestartOfTheService() {
    String id;
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream stream = http.events(account, "")) {
      history.append(account, payload(event("one")));
      assertThat(stream.nextEventId()).isEqualTo("one");
      id = stream.lastId();
      AtomicBoolean goAway = new AtomicBoolean();
      http.connection().goAwayHandler(received -> goAway.set(true));
      service.restart();
      Message close = stream.message();
      while (!close.name().equals("close")) {
        close = stream.message();
      }
      assertThat(close.json())
          .isEqualTo(new JsonObject().put("code", 1001).put("reason", "going away"));
      assertThat(stream.next()).isNull();
      assertThat(goAway).isTrue();
    }
    history.append(account, payload(event("two")));
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream stream = http.events(account, "", "Last-Event-ID: " + id)) {
      assertThat(stream.header("Luna-Resume")).isEqualTo("complete");
      assertThat(stream.nextEventId()).isEqualTo("two");
    }
  }

  @Test
  void commentsKeepEachStreamAlive() {
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream stream = http.events(account, "")) {
      while (stream.comments() < 2) {
        String line = stream.line();
        if (":".equals(line)) {
          break;
        }
      }
      history.append(account, payload(event("after")));
      assertThat(stream.nextEventId()).isEqualTo("after");
    }
  }
}
