package luna.sender.api;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests handshakes of browsers, with the headers that Chromium sends. Pages can set only one of
 * them.
 */
final class BrowserIT {
  @RegisterExtension
  final Service service =
      Service.shared("LUNA_SENDER_HTTP_SETTINGS__ALLOWED_ORIGINS=https://*.example.org");

  private final String account = Service.account();

  @Test
  void pageSelectsItsAccountInTheUrl() {
    try (RawHttp page = RawHttp.connect(service.port())) {
      page.send(chromium("/2/ws?gender=1&account_id=" + account, own()));
      Answer open = page.answer();
      assertThat(open.status()).isEqualTo(101);
      assertThat(open.headers()).doesNotContainKey("sec-websocket-protocol");
      assertThat(open.header("Luna-Ignored-Parameters")).isEmpty();
      JsonObject event = event("one").put("face_attributes", new JsonObject());
      event
          .getJsonObject("face_attributes")
          .put("basic_attributes", new JsonObject().put("gender", 1));
      service.redis().publish(account, payload(event));
      assertThat(page.textFrame()).contains("\"event_id\":\"one\"");
    }
  }

  @Test
  void subprotocolIsSelectedOnlyIfOffered() {
    String url = "/2/ws?account_id=" + account;
    for (String offered : List.of("luna.sender.v2", "chat, luna.sender.v2", "luna.sender.v2,x")) {
      Answer open = ask(chromium(url, own(), offered));
      assertThat(open.status()).isEqualTo(101);
      assertThat(open.header("Sec-WebSocket-Protocol")).isEqualTo("luna.sender.v2");
    }
    assertThat(ask(chromium(url, own(), "chat")).headers())
        .doesNotContainKey("sec-websocket-protocol");
    // A gateway that checks tokens may forward its own protocols; the service ignores them.
    assertThat(
            ask(chromium(url, own(), "luna.sender.v2, luna.bearer.abc"))
                .header("Sec-WebSocket-Protocol"))
        .isEqualTo("luna.sender.v2");
  }

  @Test
  void tokenWithoutTheProtocolIsRejected() {
    Answer refusal = ask(chromium("/2/ws?account_id=" + account, own(), "luna.bearer.s3cret"));
    assertThat(error(refusal)).isEqualTo("400 12031");
    assertThat(refusal.text())
        .contains("expected: together with luna.sender.v2")
        .doesNotContain("s3cret");
  }

  @Test
  void headerAndUrlMustNameTheSameAccount() {
    String other = Service.account();
    String header = "\r\nLuna-Account-Id: " + account;
    assertThat(
            ask(chromium("/2/ws?account_id=" + account.toUpperCase(Locale.ROOT), own() + header))
                .status())
        .isEqualTo(101);
    Answer refusal = ask(chromium("/2/ws?account_id=" + other, own() + header));
    assertThat(error(refusal)).isEqualTo("400 12012");
    assertThat(detail(refusal))
        .isEqualTo(
            "Bad query parameters: account_id: "
                + other
                + " (expected: the same as Luna-Account-Id, "
                + account
                + ")");
    Answer bad = ask(chromium("/2/ws?account_id=42", own()));
    assertThat(detail(bad)).isEqualTo("Bad query parameters: account_id: 42 (expected: a UUID)");
    Answer none = ask(chromium("/2/ws", own()));
    assertThat(error(none)).isEqualTo("400 12014");
    assertThat(detail(none)).isEqualTo("Required parameters Luna-Account-Id not found");
  }

  @Test
  void pageOfAnotherSiteIsRejectedFirst() {
    for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1")) {
      Answer refusal = ask(chromium("/2/ws?age__gte=bad", origin));
      assertThat(error(refusal)).isEqualTo("403 12031");
      assertThat(detail(refusal))
          .isEqualTo(
              "Origin: "
                  + origin
                  + " (expected: the service's own origin, or one of ALLOWED_ORIGINS)");
      assertThat(refusal.header("WWW-Authenticate")).isEmpty();
    }
    assertThat(service.metric("luna_sender_handshakes", "outcome", "origin_forbidden"))
        .isEqualTo(3);
    String url = "/2/ws?account_id=" + account;
    assertThat(ask(chromium(url, "https://app.example.org")).status()).isEqualTo(101);
  }

  /** A script of another site's page may read events and explanations, and errors of both. */
  @Test
  void pageOfAnAllowedSiteMayReadTheResponses() {
    String app = "https://app.example.org";
    Answer noHistory = ask(get("/2/events?account_id=" + account, app));
    assertThat(error(noHistory)).isEqualTo("400 12012");
    Answer invalid = ask(get("/2/events?age__gte=bad", app));
    Answer stream =
        head(get("/2/events?account_id=" + account, app + "\r\nAccept: text/event-stream"));
    assertThat(stream.status()).isEqualTo(200);
    for (Answer answer : List.of(noHistory, invalid, stream)) {
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(app);
      assertThat(answer.header("Access-Control-Expose-Headers"))
          .contains("Luna-Resume", "Luna-Request-Id", "Retry-After");
      assertThat(answer.header("Vary")).contains("origin");
      assertThat(answer.headers()).doesNotContainKey("access-control-allow-credentials");
    }
  }

  /** Browsers ask first whether a script may set header fields of its own. */
  @Test
  void preflightOfAnAllowedSiteListsMethodsAndFields() {
    String preflight = "\r\nAccess-Control-Request-Method: GET";
    for (String path : List.of("/2/events", "/2/explain")) {
      Answer allowed = ask(options(path, "https://app.example.org" + preflight));
      assertThat(allowed.status()).isEqualTo(204);
      assertThat(allowed.header("Access-Control-Allow-Origin"))
          .isEqualTo("https://app.example.org");
      assertThat(allowed.header("Access-Control-Allow-Methods"))
          .isEqualTo(allowed.header("Allow"))
          .contains(path.equals("/2/events") ? "GET" : "POST");
      assertThat(allowed.header("Access-Control-Allow-Headers"))
          .contains("Authorization", "Last-Event-ID", "Luna-Account-Id");
      assertThat(allowed.header("Access-Control-Max-Age")).isEqualTo("600");
      Answer other = ask(options(path, "https://evil.example" + preflight));
      assertThat(other.status()).isEqualTo(204);
      assertThat(other.headers()).doesNotContainKey("access-control-allow-origin");
      assertThat(other.header("Vary")).isEqualTo("origin");
    }
  }

  @Test
  void noOtherPathMayBeReadByAnotherSite() {
    for (String path : List.of("/version", "/healthcheck", "/config", "/metrics", "/")) {
      assertThat(ask(get(path, "https://app.example.org")).headers())
          .as(path)
          .doesNotContainKey("access-control-allow-origin");
    }
    Answer forbidden = ask(get("/2/events?account_id=" + account, "https://evil.example"));
    assertThat(error(forbidden)).isEqualTo("403 12031");
    assertThat(forbidden.headers()).doesNotContainKey("access-control-allow-origin");
  }

  private String get(String target, String originAndFields) {
    return request("GET", target, originAndFields);
  }

  private String options(String target, String originAndFields) {
    return request("OPTIONS", target, originAndFields);
  }

  private String request(String method, String target, String originAndFields) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: 127.0.0.1:"
        + service.port()
        + "\r\nOrigin: "
        + originAndFields
        + "\r\n\r\n";
  }

  /** Returns the head of an answer whose body does not end. */
  private Answer head(String request) {
    try (RawHttp connection = RawHttp.connect(service.port())) {
      return connection.send(request).head();
    }
  }

  private String own() {
    return "http://127.0.0.1:" + service.port();
  }

  private String chromium(String target, String origin, String... protocols) {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1:").append(service.port()).append("\r\n");
    head.append("Connection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n");
    head.append(
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)");
    head.append(" HeadlessChrome/140.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\n");
    head.append("Origin: ").append(origin).append("\r\nSec-WebSocket-Version: 13\r\n");
    head.append("Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n");
    head.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    head.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
    if (protocols.length > 0) {
      head.append("Sec-WebSocket-Protocol: ").append(String.join(", ", protocols)).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }

  private static String error(Answer answer) {
    return answer.status() + " " + new JsonObject(answer.text()).getInteger("error_code");
  }

  private static String detail(Answer answer) {
    return new JsonObject(answer.text()).getString("detail");
  }
}
