package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestEventStream.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Delivers events as Server-Sent Events, without history. */
final class SseIT {
  private static final String GENDER = "face_attributes.basic_attributes.gender";

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.4", "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=5");

  private final String account = Service.account();

  @Test
  void eventsThatPassTheFilterArriveWithTheirBytes() {
    try (TestEventStream stream = open("gender=1")) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.header("Content-Type")).isEqualTo("text/event-stream");
      assertThat(stream.header("Cache-Control")).isEqualTo("no-store");
      assertThat(stream.header("Connection")).isEqualTo("close");
      assertThat(stream.header("Luna-Request-Id")).isNotEmpty();
      assertThat(stream.header("X-Accel-Buffering")).isEqualTo("no");
      service.redis().publish(account, payload(with(event("woman"), GENDER, 0)));
      String odd =
          "{\"event_id\" : \"man\",\"t\":\"é\\u00e9\",\"n\":1.50e1,"
              + "\"face_attributes\":{\"basic_attributes\":{\"gender\":1}}}";
      service.redis().publish(account, payload("[" + odd + "]"));
      Message message = stream.message();
      assertThat(message.name()).isEqualTo("message");
      assertThat(message.data()).startsWith("{\"event\":" + odd + ",\"handler_id\":");
      assertThat(message.lastEventId()).isEmpty();
      assertThat(stream.retryMillis()).isBetween(1000, 5000);
    }
  }

  @Test
  void lineBreaksBetweenTokensBecomeLinesOfData() {
    try (TestEventStream stream = open("")) {
      String spread = "{\n  \"event_id\":\r\n  \"one\",\r\"n\":\n\n1}";
      service.redis().publish(account, payload("[" + spread + "]"));
      Message message = stream.message();
      assertThat(message.data())
          .startsWith("{\"event\":{\n  \"event_id\":\n  \"one\",\n\"n\":\n\n1},");
      assertThat(message.eventId()).isEqualTo("one");
      service.redis().publish(account, payload(event("two")));
      assertThat(stream.nextEventId()).isEqualTo("two");
    }
  }

  @Test
  void commentsKeepTheConnectionAlive() {
    try (TestEventStream stream = open("")) {
      until(
          "comments arrive",
          () -> {
            stream.line();
            return true;
          });
      while (!":".equals(stream.line())) {
        // The time to wait before a retry comes first.
      }
      while (!":".equals(stream.line())) {
        // The next one.
      }
      service.redis().publish(account, payload(event("after")));
      assertThat(stream.nextEventId()).isEqualTo("after");
    }
  }

  @Test
  void statisticsAreEventsWithAName() {
    try (TestEventStream stream = open("stats=1&gender=1")) {
      Message message = stream.message();
      assertThat(message.name()).isEqualTo("stats");
      assertThat(message.json().getJsonObject("stats").getInteger("seen")).isZero();
    }
  }

  @Test
  void interruptionsAndGapsAreEventsWithNames() {
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    try (TestEventStream stream = open("gaps=1")) {
      service.redis().kill();
      Message interruption = stream.message();
      assertThat(interruption.name()).isEqualTo("interruption");
      assertThat(interruption.json().getJsonObject("interruption").getString("cause"))
          .startsWith("redis_");
      service.redis().restart();
      Message gap = stream.message();
      assertThat(gap.name()).isEqualTo("gap");
      assertThat(gap.json().getJsonObject("gap").getString("from"))
          .isEqualTo(interruption.json().getJsonObject("interruption").getString("from"));
      service.redis().publish(account, payload(event("after")));
      assertThat(stream.nextEventId()).isEqualTo("after");
    }
  }

  @Test
  void shutdownEndsTheStreamWithItsReason() {
    try (TestEventStream stream = open("")) {
      service.restart();
      Message close = stream.message();
      assertThat(close.name()).isEqualTo("close");
      assertThat(close.json())
          .isEqualTo(new JsonObject().put("code", 1001).put("reason", "going away"));
      assertThat(stream.next()).isNull();
    }
  }

  @Test
  void clientThatClosesIsForgotten() {
    TestEventStream stream = open("");
    until("it is connected", () -> service.metric("luna_sender_connections") == 1);
    stream.close();
    until("it is gone", () -> service.metric("luna_sender_closes", "reason", "lost") == 1);
    assertThat(service.metric("luna_sender_connections")).isZero();
    assertThat(service.metric("luna_sender_handshakes", "outcome", "accepted")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1.0 | close", "1.1 | close", "1.1 | TE, close"})
  void clientThatClosesAfterTheResponseGetsTheStream(String version, String connection) {
    String request =
        "GET /2/events HTTP/%s\r\nHost: a\r\nConnection: %s\r\nAccept: text/event-stream\r\n"
                .formatted(version, connection)
            + "Luna-Account-Id: "
            + account
            + "\r\n\r\n";
    try (TestEventStream stream = TestEventStream.send(service.port(), request)) {
      assertThat(stream.status()).isEqualTo(200);
      for (String id : new String[] {"one", "two"}) {
        service.redis().publish(account, payload(event(id)));
        assertThat(stream.nextEventId()).isEqualTo(id);
      }
    }
  }

  @Test
  void furtherRequestsOnTheConnectionAreIgnored() {
    String request =
        RawHttp.get("/2/events", "Luna-Account-Id: " + account, "Accept: text/event-stream");
    try (TestEventStream stream =
        TestEventStream.send(service.port(), request + RawHttp.get("/version") + "no HTTP\r\n")) {
      assertThat(stream.status()).isEqualTo(200);
      service.redis().publish(account, payload(event("one")));
      assertThat(stream.nextEventId()).isEqualTo("one");
      service.redis().publish(account, payload(event("two")));
      assertThat(stream.nextEventId()).isEqualTo("two");
    }
  }

  @Test
  void httpClientOfJavaReadsTheStream() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + "/2/events"))
            .header("Accept", "text/event-stream")
            .header("Luna-Account-Id", account)
            .build();
    HttpResponse<Stream<String>> response =
        HttpClient.newHttpClient()
            .sendAsync(request, HttpResponse.BodyHandlers.ofLines())
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(response.statusCode()).isEqualTo(200);
    service.redis().publish(account, payload(event("one")));
    try (Stream<String> lines = response.body()) {
      Iterator<String> each = lines.iterator();
      String line = each.next();
      while (!line.startsWith("data: ")) {
        line = each.next();
      }
      assertThat(line).contains("\"event_id\":\"one\"");
    }
  }

  @Test
  void headHasTheHeadersAndNoBody() {
    try (RawHttp http = RawHttp.connect(service.port())) {
      http.send(
          RawHttp.request(
              "HEAD", "/2/events", "Luna-Account-Id: " + account, "Accept: text/event-stream"));
      RawHttp.Answer head = http.head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Type")).isEqualTo("text/event-stream");
      assertThat(head.header("Cache-Control")).isEqualTo("no-store");
      assertThat(head.header("Vary")).isEqualTo("accept, origin");
      assertThat(head.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(head.header("X-Accel-Buffering")).isEqualTo("no");
      assertThat(http.send(RawHttp.get("/version")).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void resumingNeedsTheHistory() {
    try (TestEventStream stream = open("", "Last-Event-ID: 18c3a2b4f00112-42-1732896000000-0")) {
      assertThat(stream.status()).isEqualTo(400);
    }
  }

  private TestEventStream open(String query, String... lines) {
    return TestEventStream.open(service.port(), account, query, lines);
  }
}
