package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.post;
import static luna.sender.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fields that are lists are read from all their lines; other fields may be given only once. */
final class SingleValueHeadersIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=1",
          "LUNA_SENDER_LIMITS__HANDSHAKES_PER_SECOND=1000",
          "LUNA_SENDER_LIMITS__HANDSHAKES_BURST=1000",
          "LUNA_SENDER_LIMITS__TRUSTED_PROXIES=127.0.0.1");

  private final String account = Service.account();

  @Test
  void repeatedSingleValueFieldIsRejected() {
    for (String name : SingleValueHeaders.SINGLE) {
      for (String second : List.of(name, name.toUpperCase(Locale.ROOT))) {
        for (String value : List.of("", "1", "test", "another")) {
          String[] twice = {name + ": test", second + ": " + value};
          for (String path : List.of("/version", "/2/ws", "/nothing", "/docs/dev/index.html")) {
            assertRefused(name, get(path, twice));
          }
          assertRefused(name, get("/2/ws", handshake(account, twice)));
          assertRefused(name, post("/2/explain", "{}", twice));
          assertRefused(name, request("OPTIONS", "/version", twice));
        }
      }
    }
  }

  private void assertRefused(String name, String request) {
    Answer refusal = RawHttp.exchange(service.port(), request);
    assertThat(refusal.status()).as(request).isEqualTo(400);
    assertThat(new JsonObject(refusal.text()).getInteger("error_code")).isEqualTo(12031);
    // Netty itself rejects two lengths. With the first length, there may be a body to wait for.
    assertThat(new JsonObject(refusal.text()).getString("detail"))
        .as(request)
        .matches(name + ": given [2-4] times \\(expected: once\\)");
  }

  @Test
  void repeatedFieldIsRejectedInAnOtherwiseValidHandshake() {
    List<String> right =
        new ArrayList<>(List.of(handshake(account, "Origin: http://test", "User-Agent: x")));
    right.add("Luna-Request-Id: 1700000000,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a");
    assertThat(
            RawHttp.exchange(service.port(), get("/2/ws", right.toArray(String[]::new))).status())
        .isEqualTo(101);
    for (String line : right) {
      String name = line.substring(0, line.indexOf(':'));
      String[] twice = Stream.concat(right.stream(), Stream.of(line)).toArray(String[]::new);
      Answer answer = RawHttp.exchange(service.port(), get("/2/ws", twice));
      boolean list = List.of("Connection", "Upgrade").contains(name);
      assertThat(answer.status()).as(line).isEqualTo(list ? 101 : 400);
    }
  }

  @Test
  void listsAreReadFromAllLines() {
    String[] protocols =
        handshake(
            account, "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: luna.sender.v2");
    assertThat(
            RawHttp.exchange(service.port(), get("/2/ws", protocols))
                .header("Sec-WebSocket-Protocol"))
        .isEqualTo("luna.sender.v2");
    String[] extensions =
        handshake(
            account,
            "Sec-WebSocket-Extensions: x-unknown",
            "Sec-WebSocket-Extensions: permessage-deflate");
    assertThat(
            RawHttp.exchange(service.port(), get("/2/ws", extensions))
                .header("Sec-WebSocket-Extensions"))
        .startsWith("permessage-deflate");
    Answer text =
        RawHttp.exchange(
            service.port(), get("/config", "Accept: application/json;q=0.1", "Accept: text/plain"));
    assertThat(text.header("Content-Type")).startsWith("text/plain");
    Answer page =
        RawHttp.exchange(
            service.port(), get("/docs/spec", "Accept: image/png", "Accept: text/html"));
    assertThat(page.header("Content-Type")).startsWith("text/html");
  }

  @Test
  void pageInTheClientsCacheIsNotSentAgain() {
    String tag = RawHttp.exchange(service.port(), get("/")).header("ETag");
    for (String[] known :
        List.of(
            new String[] {"If-None-Match: " + tag},
            new String[] {"If-None-Match: W/" + tag},
            new String[] {"If-None-Match: \"a, b\", " + tag + ", \"c\""},
            new String[] {"If-None-Match: \"a\"", "If-None-Match: " + tag},
            new String[] {"If-None-Match: *"})) {
      try (RawHttp connection = RawHttp.connect(service.port())) {
        Answer same = connection.send(get("/", known)).answer();
        assertThat(same.status()).as(String.join("|", known)).isEqualTo(304);
        assertThat(same.header("ETag")).isEqualTo(tag);
        assertThat(connection.send(request("HEAD", "/", known)).head().status()).isEqualTo(304);
        assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
      }
    }
    for (String another :
        List.of(
            "\"a\"", tag.replace("\"", ""), "\"" + tag, "w/" + tag, "\"a, " + tag.substring(1))) {
      assertThat(RawHttp.exchange(service.port(), get("/", "If-None-Match: " + another)).status())
          .as(another)
          .isEqualTo(200);
    }
  }

  @Test
  void connectionIsClosedIfTheListHasClose() {
    for (String[] lines :
        List.of(
            new String[] {"Connection: close"},
            new String[] {"Connection: x, close"},
            new String[] {"Connection: keep-alive", "Connection: CLOSE"},
            new String[] {"Connection: Upgrade, close", "Upgrade: h2c"})) {
      for (String path : List.of("/version", "/docs/dev/index.html", "/nothing")) {
        try (RawHttp connection = RawHttp.connect(service.port())) {
          Answer answer = connection.send(get(path, lines)).answer();
          assertThat(answer.header("Connection")).as(String.join("|", lines)).isEqualTo("close");
          assertThat(connection.statusesUntilTheEnd()).isEmpty();
        }
      }
    }
  }

  @Test
  void unsupportedUpgradeIsIgnored() {
    String[] h2c = {
      "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"
    };
    for (String path : List.of("/version", "/livez", "/metrics")) {
      for (String[] lines : List.of(handshake(account), h2c)) {
        try (RawHttp connection = RawHttp.connect(service.port())) {
          assertThat(connection.send(get(path, lines)).answer().status()).as(path).isEqualTo(200);
          assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void rangeIsIgnored() {
    for (String path :
        List.of("/version", "/", "/docs/spec/page/start.js", "/docs/dev/index.html")) {
      String whole = RawHttp.exchange(service.port(), get(path)).text();
      for (String range : List.of("bytes=0-1", "bytes=999999999-", "bytes=-1", "bytes=1-0", "x")) {
        Answer answer = RawHttp.exchange(service.port(), get(path, "Range: " + range));
        assertThat(answer.status()).as("%s %s", path, range).isEqualTo(200);
        assertThat(answer.text()).as("%s %s", path, range).isEqualTo(whole);
        assertThat(answer.headers()).doesNotContainKey("accept-ranges");
      }
    }
  }

  @Test
  void expectContinueGets100OrTheFinalResponse() {
    String json = "{\"filter\":\"gender=1\",\"event\":{}}";
    String head =
        request(
            "POST",
            "/2/explain",
            "Luna-Account-Id: " + account,
            "Content-Type: application/json",
            "Expect: 100-continue",
            "Content-Length: " + json.length());
    try (RawHttp connection = RawHttp.connect(service.port())) {
      assertThat(connection.send(head).head().status()).isEqualTo(100);
      assertThat(connection.send(json).answer().status()).isEqualTo(200);
    }
    try (RawHttp connection = RawHttp.connect(service.port())) {
      String refused = head.replace("Luna-Account-Id: ", "Luna-Account-Id: x");
      assertThat(connection.send(refused).head().status()).isIn(100, 400);
    }
    assertThat(RawHttp.exchange(service.port(), get("/version", "Expect: 100-continue")).status())
        .isIn(100, 200);
  }

  @Test
  void http10RequestIsAnsweredAndItsConnectionClosed() {
    for (String request :
        List.of(
            "GET /version HTTP/1.0\r\n\r\n",
            "GET /version HTTP/1.0\r\nHost: test\r\n\r\n",
            "HEAD /version HTTP/1.0\r\n\r\n",
            "OPTIONS * HTTP/1.0\r\n\r\n")) {
      try (RawHttp connection = RawHttp.connect(service.port())) {
        Answer answer = connection.send(request).head();
        assertThat(answer.status()).as(request).isIn(200, 204);
      }
    }
  }
}
