package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests requests that a proxy and this server might interpret differently (request smuggling). */
final class HostileHttpIT {
  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n";

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=2",
          "LUNA_SENDER_HTTP_SETTINGS__KEEP_ALIVE_TIMEOUT=2");

  private final String account = Service.account();

  /**
   * The connection is closed after the response, so nothing after the request is read as another
   * one.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5|Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked|Content-Length: 5",
        "Content-Length: 5|Content-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 99999999999999999999",
        "Content-Length:",
        "Content-Length : 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked|Transfer-Encoding: identity",
        "Transfer-Encoding: \u000bchunked",
        "Transfer-Encoding:",
        "X Y: 1",
        "X\u0000: 1",
        "X: a\u0000b",
        "X: a\rTransfer-Encoding: chunked",
        "(X): 1",
        "no colon",
      })
  void ambiguousRequestIsRejectedAndTheConnectionClosed(String lines) {
    String request = "GET /version HTTP/1.1\r\nHost: test\r\n" + lines.replace("|", "\r\n");
    refused(request + "\r\n\r\n" + SMUGGLED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /version HTTP/1.1\nHost: test\n\n",
        "GET /version HTTP/1.1\r\nHost: test\nX: 1\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: test\r\n\n",
        "GET /version HTTP/1.1\rHost: test\r\r",
        "GET /ver sion HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET /version HTTP/1.1 \r\nHost: test\r\n\r\n",
        "GET /version HTTP/1.2\r\nHost: test\r\n\r\n",
        "GET /version HTTP/2.0\r\nHost: test\r\n\r\n",
        "GET /version http/1.1\r\nHost: test\r\n\r\n",
        "GET /version\r\nHost: test\r\n\r\n",
        "G\u0000T /version HTTP/1.1\r\nHost: test\r\n\r\n",
        "G(T /version HTTP/1.1\r\nHost: test\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\r\n\r\n",
      })
  void invalidRequestLineIsRejectedAndTheConnectionClosed(String request) {
    refused(request + SMUGGLED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /version HTTP/1.1\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: test\r\nHost: another\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: test\r\n: 1\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: test/path\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: http://test\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: a, b\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: test:x\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost: user@test\r\n\r\n",
        "GET http://test/version HTTP/1.1\r\n\r\n",
      })
  void requestWithAnInvalidHeadIsRejected(String request) {
    assertThat(RawHttp.exchange(service.port(), request).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x5\r\nhello\r\n0\r\n\r\n",
        "-1\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\nhello\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
      })
  void invalidChunksCloseTheConnection(String body) {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/version", "Transfer-Encoding: chunked") + body + SMUGGLED);
      // The head was valid, so it may get its response; what follows must not.
      assertThat(connection.statusesUntilTheEnd()).isSubsetOf(200, 400).doesNotContain(404);
    }
  }

  @Test
  void bodyIsSkippedBeforeTheNextRequest() {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      String body = "5;name=value\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n";
      connection.send(get("/version", "Transfer-Encoding: chunked") + body);
      assertThat(connection.answer().status()).isEqualTo(200);
      connection.send(get("/version", "Content-Length: " + SMUGGLED.length()) + SMUGGLED);
      assertThat(connection.answer().status()).isEqualTo(200);
      assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void foldedHeaderIsOneHeader() {
    Answer answer =
        RawHttp.exchange(service.port(), get("/version", "X: 1", "Y: a\r\n Luna-Request-Id: x"));
    assertThat(answer.status()).isIn(200, 400);
    assertThat(answer.header("Luna-Request-Id")).isNotEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked",
        "Content-Length: 5",
        "Content-Length: 5|Transfer-Encoding: chunked",
      })
  void upgradeWithABodyIsRejected(String lines) {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/2/ws", handshake(account, lines.split("\\|"))));
      assertThat(connection.answer().status()).isEqualTo(400);
    }
    assertThat(service.metric("luna_sender_connections")).isZero();
  }

  /** After the 101 there is no HTTP: the first bytes after it are a frame. */
  @ParameterizedTest
  @ValueSource(strings = {SMUGGLED, "nonsense\r\n\r\n", "GET /2/ws HTTP/1.1\r\n\r\n"})
  void requestAfterAnUpgradeIsNotAnswered(String behind) {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/2/ws", handshake(account)) + behind);
      assertThat(connection.answer().status()).isEqualTo(101);
      service.redis().publish(account, payload(event("an event")));
      assertThat(connection.textFrame()).contains("an event");
    }
    assertThat(service.metric("luna_sender_handshakes")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "TRACE, /version, 405",
    "CONNECT, /version, 405",
    "FOO, /version, 405",
    "TRACE, /2/ws, 405",
    "POST, /config, 405",
    "PUT, /docs/spec, 405",
    "DELETE, /docs/dev, 405",
    "OPTIONS, /version, 204",
    "TRACE, /nothing, 404",
    "CONNECT, evil.example:443, 404",
    "OPTIONS, *, 204",
    "GET, *, 404",
    "GET, http://evil.example/version, 200",
    "GET, //evil.example/version, 404",
    "GET, http://evil.example/nothing, 404",
    "GET, file:///etc/passwd, 404",
    "GET, ?a=1, 400",
  })
  void methodAndTargetFormSelectNoOtherResource(String method, String target, int status) {
    Answer answer =
        RawHttp.exchange(
            service.port(),
            RawHttp.request(method, target, "X-Secret: marker", "Connection: close"));
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).doesNotContain("marker");
    assertThat(answer.headers().toString()).doesNotContain("evil", "marker");
  }

  @Test
  void hugeBodyOfAGetIsNeitherAwaitedNorStored() {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/version", "Content-Length: 1000000000000"));
      assertThat(connection.answer().status()).isEqualTo(200);
      String piece = "x".repeat(1 << 20);
      try {
        // The connection may be closed at any time. Until then, the client sends as much as the
        // heap has.
        for (int i = 0; i < 1100; i++) {
          connection.send(piece);
        }
      } catch (UncheckedIOException cut) {
        // Expected: the body is not read to its end.
      }
    }
    assertThat(service.get("/version").statusCode()).isEqualTo(200);
  }

  @Test
  void slowBodyIsClosed() {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/version", "Content-Length: 1000000"));
      assertThat(connection.answer().status()).isEqualTo(200);
      assertThat(connection.cutWhileTrickling("x".repeat(1000), Duration.ofMillis(50)))
          .isLessThan(PATIENCE);
    }
  }

  @Test
  void manySmallHeadersAreLimitedByTheirBytes() {
    StringBuilder lines = new StringBuilder("a:b");
    lines.append("\r\na:b".repeat(6_000));
    Answer answer = RawHttp.exchange(service.port(), get("/version", lines.toString()));
    assertThat(answer.status()).isIn(200, 431);
    lines.append("\r\na:b".repeat(6_000));
    answer = RawHttp.exchange(service.port(), get("/version", lines.toString()));
    assertThat(answer.status()).isEqualTo(431);
  }

  /** The responses would be a gigabyte. Each waits until the client has read the previous one. */
  @Test
  void clientThatReadsNoResponsesFillsNoMemory() {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      connection.send(get("/docs/spec", "Accept: application/x-yaml").repeat(20_000));
    } catch (UncheckedIOException cut) {
      // Expected: the requests have filled the network's buffers, and nobody reads them.
    }
    double requests =
        service.sender().metrics().registry().find("luna_sender_requests").timers().stream()
            .mapToDouble(timer -> timer.count())
            .sum();
    assertThat(requests).isLessThan(2_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/docs/dev/../../luna/sender/cli/Main.class",
        "/docs/dev/%2e%2e/%2e%2e/luna/sender/cli/Main.class",
        "/docs/dev/..%2f..%2fluna/sender/Main.class",
        "/docs/dev/..%2F..%2Fluna%2Fsender%2FMain.class",
        "/docs/dev/%252e%252e/%252e%252e/luna/sender/cli/Main.class",
        "/docs/dev/..%252f..%252fluna/sender/Main.class",
        "/docs/dev/..\\..\\luna\\sender\\Main.class",
        "/docs/dev/..%5c..%5cluna%5csender%5cMain.class",
        "/docs/dev/....//....//luna/sender/cli/Main.class",
        "/docs/dev/..;/..;/luna/sender/cli/Main.class",
        "/docs/dev/.%00./.%00./luna/sender/cli/Main.class",
        "/docs/dev/index.html%00.png",
        "/docs/dev/%c0%ae%c0%ae/%c0%ae%c0%ae/luna/sender/cli/Main.class",
        "/docs/dev//luna/sender/cli/Main.class",
        "/docs/dev/%2fluna/sender/Main.class",
        "/docs/dev//etc/passwd",
        "/docs/dev/%2fetc/passwd",
        "/docs/dev/file:///etc/passwd",
        "/docs/dev/../../../../../../../../etc/passwd",
        "/docs/dev/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/docs/spec/page/../Version.class",
        "/docs/spec/page/%2e%2e/api/Version.class",
        "/docs/spec/page/..%2fapi/Version.class",
        "/docs/spec/page/../build.properties",
        "/docs/spec/page/..%2fbuild.properties",
        "/docs/spec/ui/../../../../../../conf/config.yaml",
        "/docs/spec/ui/..%2f..%2f..%2f..%2f..%2f..%2fconf/config.yaml",
        "/docs/spec/ui/..%5c..%5c..%5c..%5c..%5c..%5cconf%5cconfig.yaml",
        "/docs/dev/.hidden",
        "/h%althcheck",
        "/%a",
      })
  void otherPathsAreNotFound(String path) {
    Answer answer = RawHttp.exchange(service.port(), get(path, "Connection: close"));
    assertThat(answer.status()).isIn(400, 404);
    assertThat(new JsonObject(answer.text()).fieldNames())
        .containsExactly("error_code", "desc", "detail");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /docs/dev, 302", "GET, /docs/dev/index.html, 200", "GET, /docs/dev/nothing, 404",
    "GET, /docs/spec, 200", "GET, /docs/spec/page/start.js, 200", "POST, /docs/spec, 405",
    "GET, /docs/spec/ui/swagger-ui.css, 200", "GET, /docs/nothing, 404", "GET, /docs, 404",
    "GET, /docs/spec?%zz, 200",
  })
  void pagesAndTheirErrorsHaveAContentPolicy(String method, String path, int status) {
    Answer answer =
        RawHttp.exchange(
            service.port(),
            RawHttp.request(method, path, "Accept: text/html, */*;q=0.1", "Connection: close"));
    assertThat(answer.status()).isEqualTo(status);
    String policy = answer.header("Content-Security-Policy");
    assertThat(policy).contains("frame-ancestors 'none'").doesNotContain("unsafe-eval");
    if (path.startsWith("/docs/dev")) {
      assertThat(policy).contains("default-src 'none'", "script-src 'self';", "style-src 'self';");
    } else {
      assertThat(policy)
          .contains("default-src 'self'", "object-src 'none'")
          .doesNotContain("script-src");
    }
    assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/version", "/config", "/healthcheck", "/metrics", "/nothing", "/2/ws", "/2/ws?%"})
  void responsesForbidMimeSniffing(String path) {
    Answer answer = RawHttp.exchange(service.port(), get(path, "Connection: close"));
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("Content-Type"))
        .startsWith(path.equals("/metrics") ? "text/plain" : "application/json");
    assertThat(answer.header("Cache-Control")).isEqualTo(path.equals("/config") ? "no-store" : "");
  }

  private void refused(String bytes) {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      List<Integer> statuses = connection.send(bytes).statusesUntilTheEnd();
      assertThat(statuses).hasSizeLessThan(2);
      assertThat(statuses).allMatch(status -> status >= 400 && status < 600 && status != 404);
    }
  }
}
