package luna.sender.http;

import static luna.sender.testing.RawHttp2.CONTINUATION;
import static luna.sender.testing.RawHttp2.DATA;
import static luna.sender.testing.RawHttp2.END_HEADERS;
import static luna.sender.testing.RawHttp2.END_STREAM;
import static luna.sender.testing.RawHttp2.ENHANCE_YOUR_CALM;
import static luna.sender.testing.RawHttp2.HEADERS;
import static luna.sender.testing.RawHttp2.RST_STREAM;
import static luna.sender.testing.RawHttp2.SETTINGS;
import static luna.sender.testing.RawHttp2.WINDOW_UPDATE;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.RawHttp2;
import luna.sender.testing.RawHttp2.Frame;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestEvents;
import luna.sender.testing.TestHttp2;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Serves HTTP/2 over TLS, and limits what a client can do with it. */
@ParameterizedClass
@ValueSource(strings = {"openssl", "jdk"})
final class Http2IT {
  private static final Path FOLDER = TestCertificates.serverFolder();
  private static final int STREAM_LIMIT = 256;
  private static final int REFUSED_STREAM = 7;
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int INITIAL_WINDOW_SIZE = 4;

  private final String provider;

  @RegisterExtension final Service service;

  Http2IT(String provider) {
    this.provider = "LUNA_SENDER_HTTP_SETTINGS__TLS__PROVIDER=" + provider;
    service =
        Service.shared(
            TestCertificates.settings(
                FOLDER,
                this.provider,
                "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=3",
                "LUNA_SENDER_HTTP_SETTINGS__KEEP_ALIVE_TIMEOUT=6",
                "LUNA_SENDER_HTTP_SETTINGS__REQUEST_LINE_LIMIT_BYTES=4096",
                "LUNA_SENDER_HTTP_SETTINGS__HEADERS_LIMIT_BYTES=8192"));
  }

  @Test
  void clientOfJavaUsesHttp2AndOpensWebSocketsOverHttp1() throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(TestCertificates.trustingAll()).build();
    URI version = URI.create("https://localhost:" + service.port() + "/version");
    HttpResponse<String> first =
        client.send(HttpRequest.newBuilder(version).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(first.statusCode()).isEqualTo(200);
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .header("Luna-Account-Id", Service.account())
            .buildAsync(
                URI.create("wss://localhost:" + service.port() + "/2/ws"),
                new WebSocket.Listener() {})
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    until("it is open", () -> service.metric("luna_sender_connections") == 1);
    socket.abort();
  }

  @Test
  void webSocketOnAStreamIsRefused() {
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      assertThat(http.get("/2/ws?account_id=" + Service.account()).body()).contains("12046");
    }
  }

  @Test
  void clientThatSendsNothingAfterTlsIsDisconnected() {
    try (RawHttp2 http = RawHttp2.silent(service.port())) {
      assertThat(http.protocol()).isEqualTo("h2");
      http.awaitEnd();
    }
  }

  @Test
  void clientThatNeverCompletesItsRequestHeadIsDisconnected() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      byte[] head = RawHttp2.get("/version");
      http.next(SETTINGS);
      http.send(HEADERS, END_STREAM, 1, head);
      http.send(CONTINUATION, 0, 1, RawHttp2.fields("a", "b"));
      http.awaitEnd();
    }
  }

  @Test
  void clientThatNeverCompletesAFrameIsDisconnected() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      byte[] frame = RawHttp2.frame(HEADERS, END_STREAM | END_HEADERS, 1, RawHttp2.get("/version"));
      http.next(SETTINGS);
      http.bytes(Arrays.copyOf(frame, 20));
      http.awaitEnd();
    }
  }

  @Test
  void idleConnectionIsClosed() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.request(1, "/version");
      assertThat(http.next(DATA).endsStream()).isTrue();
      assertThat(http.awaitEnd()).isZero();
    }
    until("none is left", () -> service.metric("luna_sender_http_connections") <= 1);
  }

  @Test
  void requestWithoutAnEndDoesNotKeepItsStream() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.send(HEADERS, END_HEADERS, 1, RawHttp2.get("/version"));
      Frame reset = http.next(RST_STREAM);
      assertThat(reset.stream()).isEqualTo(1);
      assertThat(reset.errorCode()).isZero();
    }
  }

  @Test
  void streamsAboveTheLimitAreRefused() {
    String account = Service.account();
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      Frame settings = http.next(SETTINGS);
      assertThat(setting(settings, MAX_CONCURRENT_STREAMS)).isEqualTo(STREAM_LIMIT);
      for (int i = 0; i <= STREAM_LIMIT; i++) {
        http.request(
            2 * i + 1, "/2/events", "accept", "text/event-stream", "luna-account-id", account);
      }
      Frame refused = http.next(RST_STREAM);
      assertThat(refused.stream()).isEqualTo(2 * STREAM_LIMIT + 1);
      assertThat(refused.errorCode()).isEqualTo(REFUSED_STREAM);
      until("the others are open", () -> service.metric("luna_sender_connections") == STREAM_LIMIT);
    }
    until("all are gone", () -> service.metric("luna_sender_connections") == 0);
  }

  private static int setting(Frame settings, int number) {
    ByteBuffer payload = ByteBuffer.wrap(settings.payload());
    while (payload.hasRemaining()) {
      int next = payload.getShort();
      int value = payload.getInt();
      if (next == number) {
        return value;
      }
    }
    throw new AssertionError("setting " + number + ": none (expected: one)");
  }

  @Test
  void rapidResetsEndTheConnection() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.next(SETTINGS);
      try {
        for (int i = 0; i < 5 * STREAM_LIMIT; i++) {
          http.request(2 * i + 1, "/version");
          http.send(RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
        }
      } catch (UncheckedIOException closed) {
        // The server may close the connection before everything is sent.
      }
      assertThat(http.awaitEnd()).isIn(ENHANCE_YOUR_CALM, 0);
    }
  }

  @Test
  void floodOfContinuationsEndsTheConnection() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.next(SETTINGS);
      try {
        http.send(HEADERS, END_STREAM, 1, RawHttp2.get("/version"));
        for (int i = 0; i < 1000; i++) {
          http.send(CONTINUATION, 0, 1, RawHttp2.fields("a" + i, "b"));
        }
      } catch (UncheckedIOException closed) {
        // As above.
      }
      http.awaitEnd();
    }
  }

  @Test
  void largeHeadIsRefused() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.request(1, "/version", "x", "y".repeat(14_000));
      assertThat(http.next(HEADERS).endsStream()).isTrue();
      http.request(3, "/version");
      assertThat(http.next(DATA).stream()).isEqualTo(3);
    }
  }

  @Test
  void longUrlIsRefused() {
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      assertThat(http.get("/version?" + "y".repeat(4100)).status()).isEqualTo(414);
      assertThat(http.get("/version").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"https://127.0.0.1, 200", "https://another, 403"})
  void onlyPagesOfTheOwnHostMayOpenStreams(String origin, int status) {
    try (TestHttp2 http = TestHttp2.connect(service.port());
        TestEventStream stream =
            http.events(Service.account(), "", "Origin: " + origin + ":" + service.port())) {
      assertThat(stream.status()).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb: c", "a\nb", "a\rb", "a\0b"})
  void valueWithALineBreakIsNotAccepted(String value) {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.request(1, "/version", "luna-request-id", value);
      http.request(3, "/version");
      Frame frame = http.next();
      while (frame.stream() == 0) {
        frame = http.next();
      }
      if (frame.stream() == 1 && frame.type() == HEADERS) {
        assertThat(new String(frame.payload(), StandardCharsets.ISO_8859_1)).doesNotContain(value);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "transfer-encoding", "upgrade", "keep-alive", "Upper"})
  void fieldThatHttp2ForbidsIsMalformed(String name) {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.request(1, "/version", name, "close");
      assertThat(http.next(RST_STREAM).errorCode()).isEqualTo(1);
      http.request(3, "/version");
      assertThat(http.next(DATA).stream()).isEqualTo(3);
    }
  }

  @Test
  void otherHostThanTheAuthorityIsMalformed() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.request(1, "/version", "host", "another");
      assertThat(http.next(RST_STREAM).errorCode()).isEqualTo(1);
    }
  }

  /** A small response that begins while the socket is full of a large one. */
  @Test
  void smallResponsesBesideLargeOnesAreComplete() {
    try (RawHttp2 http = RawHttp2.connect(service.port(), INITIAL_WINDOW_SIZE, 1 << 24)) {
      http.next(SETTINGS);
      http.send(WINDOW_UPDATE, 0, 0, new byte[] {0x3F, 0, 0, 0});
      int last = 1;
      for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 4; i++, last += 2) {
          http.request(last, i % 2 == 0 ? "/console/contract.json" : "/console/settings.json");
        }
        for (int ended = 0; ended < 4; ) {
          ended += http.next(DATA).endsStream() ? 1 : 0;
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"/version, 200", "/none, 404", "/console/contract.json, 200", "/healthcheck, 200"})
  void headHasNoBody(String path, int status) {
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      for (int i = 0; i < 2; i++) {
        TestHttp2.Response head = http.send(HttpMethod.HEAD, path, "");
        assertThat(head.status()).isEqualTo(status);
        assertThat(head.body()).isEmpty();
      }
    }
  }

  @Test
  void bodyOfARequestIsRead() {
    String account = Service.account();
    JsonObject body =
        new JsonObject().put("event", TestEvents.event("one")).put("filter", "gender=1");
    try (TestHttp2 http = TestHttp2.connect(service.port())) {
      for (int i = 0; i < 2; i++) {
        TestHttp2.Response answer =
            http.send(HttpMethod.POST, "/2/explain?account_id=" + account, body.encode());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      }
      String large = "x".repeat(2_000_000);
      assertThat(http.send(HttpMethod.POST, "/2/explain?account_id=" + account, large).status())
          .isEqualTo(413);
      assertThat(http.get("/version").status()).isEqualTo(200);
    }
  }

  @Test
  void connectIsAnswered() {
    try (RawHttp2 http = RawHttp2.connect(service.port())) {
      http.send(
          HEADERS,
          END_HEADERS,
          1,
          RawHttp2.fields(":method", "CONNECT", ":authority", "example.com:80"));
      http.next(HEADERS);
      http.request(3, "/version");
      assertThat(http.next(DATA).stream()).isPositive();
    }
  }

  @Test
  void windowOfZeroHoldsUpNothingElse() {
    try (RawHttp2 http = RawHttp2.connect(service.port(), INITIAL_WINDOW_SIZE, 0)) {
      http.request(1, "/docs/spec", "accept", "text/html");
      http.next(HEADERS);
      http.request(3, "/version");
      assertThat(http.next(HEADERS).stream()).isEqualTo(3);
    }
  }

  @Nested
  final class Off {
    @RegisterExtension
    final Service service =
        new Service(
            TestCertificates.settings(FOLDER, provider, "LUNA_SENDER_HTTP_SETTINGS__TLS__HTTP2=0"));

    @Test
    void clientsThatOfferBothGetHttp1() throws Exception {
      HttpClient client =
          HttpClient.newBuilder().sslContext(TestCertificates.trustingAll()).build();
      URI version = URI.create("https://localhost:" + service.port() + "/version");
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(version).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(response.statusCode()).isEqualTo(200);
    }
  }
}
