package luna.sender.auth;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TestToken;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests which tokens are accepted, and how others are rejected. */
final class AuthIT {
  private static final String SECRET = "a secret of thirty-two bytes or so";
  private static final String OTHER_SECRET = "another secret of thirty-two bytes";

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_AUTH__MODE=jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS=HS256",
          "LUNA_SENDER_AUTH__SECRET=" + SECRET,
          "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
          "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE);

  private final String account = Service.account();
  private final TestToken token = TestToken.of(account);

  @Test
  void tokenGrantsItsAccount() {
    for (TestToken good :
        List.of(
            token,
            token.claim("account_id", account.toUpperCase(Locale.ROOT)),
            token.claim("account_id", List.of(Service.account(), account)),
            token.claim("aud", List.of("another", TestToken.AUDIENCE)),
            token.claim("exp", TestToken.seconds(-10)), // within the leeway
            token.claim("nbf", TestToken.seconds(10)),
            token.claim("iat", TestToken.seconds(10)),
            token.claim("exp", 1e300),
            token.header("kid", "unknown"),
            token.header("typ", null),
            token.header("typ", "jwt"),
            token.header("typ", "at+jwt"),
            token.header("typ", "AT+JWT"),
            token.header("typ", "application/jwt"),
            token.header("typ", "Application/at+JWT"))) {
      TestSocket socket = open(account, good.hs256(SECRET));
      service.redis().publish(account, payload(event("one")));
      assertThat(socket.nextEventId()).isEqualTo("one");
      socket.close();
    }
  }

  @Test
  void requestWithoutATokenLearnsOnlyThatOneIsRequired() {
    for (String[] lines :
        List.of(
            handshake(account),
            handshake("no account"),
            handshake(account, "Authorization: Bearer "),
            handshake(account, "Authorization: Basic dXNlcjpwYXNz"),
            handshake(account, "Authorization: " + token.hs256(SECRET)))) {
      Answer refusal = ask(get("/2/ws?age__gte=bad", lines));
      assertThat(error(refusal)).isEqualTo("401 12010");
      assertThat(refusal.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"luna-sender\"");
    }
    assertThat(service.metric("luna_sender_handshakes", "outcome", "token_missing")).isEqualTo(5);
  }

  @Test
  void invalidTokenIsRejectedWithAReason() {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("opaque", "the token is not a signed JWT");
    refused.put(token.unsigned("none", ""), "the token is not a signed JWT");
    refused.put(token.unsigned("none", "AAAA"), "the algorithm of the token is not allowed");
    refused.put(token.unsigned("HS512", "AAAA"), "the algorithm of the token is not allowed");
    refused.put(token.unsigned("HS256", "AAAA"), "the token signature is invalid");
    refused.put(token.hs256(OTHER_SECRET), "the token signature is invalid");
    refused.put(
        token.claim("exp", TestToken.seconds(-40)).hs256(OTHER_SECRET),
        "the token signature is invalid");
    refused.put(token.hs256(SECRET).replaceFirst("\\.", ".AAAA"), "the token cannot be parsed");
    refused.put(
        withSignatureOf(token.claim("account_id", "*"), token), "the token signature is invalid");
    refused.put("x" + token.hs256(SECRET), "the token cannot be parsed");
    for (Object crit : List.of(List.of(), List.of("x"), List.of("b64"), List.of("exp"), "x", 1)) {
      refused.put(
          token.header("crit", crit).header("x", 1).hs256(SECRET),
          "the token has unsupported critical extensions (crit)");
    }
    refused.put(
        token.header("crit", List.of("b64")).header("b64", false).hs256(SECRET),
        "the token cannot be parsed");
    for (Object type :
        List.of(
            "logout+jwt",
            "dpop+jwt",
            "secevent+jwt",
            "entity-statement+jwt",
            "token-introspection+jwt",
            "oauth-authz-req+jwt",
            "rt+jwt",
            "id+jwt",
            "application/logout+jwt",
            "text/jwt",
            "JOSE",
            "JWE",
            "",
            " jwt",
            "jwt;v=1",
            7,
            List.of("JWT"))) {
      refused.put(
          token.header("typ", type).hs256(SECRET), "the token has an unsupported type (typ)");
    }
    refused.put(good("exp", null), "the token has no exp");
    refused.put(good("exp", TestToken.seconds(-40)), "the token has expired");
    refused.put(good("exp", "tomorrow"), "the token cannot be parsed");
    refused.put(good("nbf", TestToken.seconds(100)), "the token is not valid yet");
    refused.put(good("iat", TestToken.seconds(100)), "the token is not valid yet");
    refused.put(good("iss", null), "the token has no iss");
    refused.put(good("iss", "https://issuer.test/"), "the token has a different issuer (iss)");
    refused.put(good("aud", null), "the token has no aud");
    refused.put(good("aud", "luna"), "the token has a different audience (aud)");
    refused.put(good("aud", List.of("a", "b")), "the token has a different audience (aud)");
    refused.forEach(
        (bad, reason) -> {
          Answer refusal = ask(get("/2/ws", handshake(account, "Authorization: Bearer " + bad)));
          assertThat(error(refusal)).as(reason).isEqualTo("401 11065");
          assertThat(new JsonObject(refusal.text()).getString("detail")).isEqualTo(reason);
          assertThat(refusal.header("WWW-Authenticate"))
              .isEqualTo(
                  "Bearer realm=\"luna-sender\", error=\"invalid_token\", error_description=\""
                      + reason
                      + "\"");
        });
    assertThat(service.metric("luna_sender_handshakes", "outcome", "token_refused"))
        .isEqualTo(refused.size());
  }

  @Test
  void accountOfAnotherTokenIsForbidden() {
    for (TestToken other :
        List.of(
            TestToken.of(Service.account()),
            token.claim("account_id", null),
            token.claim("account_id", 7),
            token.claim("account_id", List.of()),
            token.claim("account_id", List.of(List.of(account))),
            token.claim("account_id", "*"),
            token.claim("account_id", null).claim("sub", account))) {
      Answer refusal =
          ask(get("/2/ws", handshake(account, "Authorization: Bearer " + other.hs256(SECRET))));
      assertThat(error(refusal)).isEqualTo("403 11060");
      assertThat(refusal.header("WWW-Authenticate"))
          .isEqualTo("Bearer realm=\"luna-sender\", error=\"insufficient_scope\"");
    }
    assertThat(service.metric("luna_sender_handshakes", "outcome", "account_forbidden"))
        .isEqualTo(7);
  }

  @Test
  void validTokenRevealsOtherErrors() {
    String bearer = "Authorization: Bearer " + token.hs256(SECRET);
    assertThat(error(ask(get("/2/ws?age__gte=x", handshake(account, bearer)))))
        .isEqualTo("400 12012");
    assertThat(error(ask(get("/2/ws", handshake("42", bearer))))).isEqualTo("400 12031");
    assertThat(error(ask(get("/3/ws", handshake(account, bearer))))).isEqualTo("404 12013");
    assertThat(error(ask(get("/2/ws", "Luna-Account-Id: " + account, bearer))))
        .isEqualTo("400 12046");
    assertThat(error(ask(get("/2/ws", handshake(account, bearer, bearer))))).isEqualTo("400 12031");
    assertThat(ask(get("/2/ws", handshake(account, bearer))).status()).isEqualTo(101);
  }

  @Test
  void browserTokenIsASubprotocolThatIsNeverSelected() {
    String protocols = "Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer." + token.hs256(SECRET);
    String[] lines = handshake(account, protocols);
    lines[4] = "Origin: http://test"; // Replaces the account header.
    for (String url : List.of("/2/ws", "/2/ws?account_id=" + account)) {
      Answer open = ask(get(url, lines));
      assertThat(open.status()).isEqualTo(101);
      assertThat(open.header("Sec-WebSocket-Protocol")).isEqualTo("luna.sender.v2");
      assertThat(open.headers().toString()).doesNotContain(token.hs256(SECRET));
    }
    assertThat(error(ask(get("/2/ws?account_id=" + Service.account(), lines))))
        .isEqualTo("403 11060");
  }

  @Test
  void accountIsRequiredUnlessTheTokenGrantsOnlyOne() {
    String two = token.claim("account_id", List.of(account, Service.account())).hs256(SECRET);
    String[] lines = handshake(account, "Authorization: Bearer " + two);
    lines[4] = "X-Nothing: at all";
    assertThat(error(ask(get("/2/ws", lines)))).isEqualTo("400 12014");
    assertThat(ask(get("/2/ws?account_id=" + account, lines)).status()).isEqualTo(101);
  }

  @Test
  void repeatedTokenIsRejected() {
    String good = token.hs256(SECRET);
    for (String[] lines :
        List.of(
            handshake(account, "Authorization: Bearer " + good, "Authorization: Bearer " + good),
            handshake(
                account,
                "Authorization: Bearer " + good,
                "Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer." + good),
            handshake(
                account, "Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer.a, luna.bearer.b"),
            handshake(account, "Sec-WebSocket-Protocol: luna.bearer." + good))) {
      Answer refusal = ask(get("/2/ws", lines));
      assertThat(error(refusal)).isEqualTo("400 12031");
      assertThat(refusal.text()).doesNotContain(good);
    }
  }

  @Test
  void tokenInTheUrlIsRejectedAndNotShown() {
    String good = token.hs256(SECRET);
    for (String name : List.of("token", "access_token", "Authorization", "jwt", "access%5Ftoken")) {
      Answer refusal = ask(get("/2/ws?" + name + "=" + good, handshake(account)));
      assertThat(error(refusal)).isEqualTo("400 12012");
      assertThat(refusal.text())
          .contains("expected: no token in the URL; send it in Authorization: Bearer")
          .doesNotContain(good);
      String bearer = "Authorization: Bearer " + good;
      Answer both = ask(get("/2/ws?" + name + "=" + good, handshake(account, bearer)));
      assertThat(error(both)).isEqualTo("400 12012");
    }
  }

  @Test
  void socketIsClosedWhenItsTokenExpiresAfterAllEvents() {
    long inTwoSeconds = TestToken.seconds(2) - 30; // Includes the leeway.
    TestSocket socket = open(account, token.claim("exp", inTwoSeconds).hs256(SECRET));
    TestSocket lasting = open(account, token.hs256(SECRET));
    service.redis().publish(account, payload(event("before")));
    assertThat(socket.nextEventId()).isEqualTo("before");
    assertThat(socket.closeCode()).isEqualTo(4401);
    assertThat(socket.socket().closeReason()).isEqualTo("token expired");
    until("it is counted", () -> service.metric("luna_sender_closes", "reason", "expired") == 1);
    service.redis().publish(account, payload(event("after")));
    assertThat(lasting.nextEventId()).isEqualTo("before");
    assertThat(lasting.nextEventId()).isEqualTo("after");
    assertThat(socket.waiting()).isZero();
    assertThat(lasting.isClosed()).isFalse();
  }

  @Test
  void cachedTokenIsRejectedAfterItsExpiry() {
    String soon = token.claim("exp", TestToken.seconds(2) - 30).hs256(SECRET);
    String[] lines = handshake(account, "Authorization: Bearer " + soon);
    assertThat(ask(get("/2/ws", lines)).status()).isEqualTo(101);
    until("it has expired", () -> ask(get("/2/ws", lines)).status() == 401);
  }

  @Test
  void otherOperationsNeedNoToken() {
    for (String path : List.of("/version", "/healthcheck", "/config", "/metrics")) {
      assertThat(ask(get(path)).status()).as(path).isEqualTo(200);
    }
    assertThat(ask(get("/config")).text()).doesNotContain(SECRET);
  }

  private static String withSignatureOf(TestToken content, TestToken other) {
    String signature = other.hs256(SECRET).replaceFirst(".*\\.", "");
    return content.unsigned("HS256", signature);
  }

  private String good(String claim, @Nullable Object value) {
    return token.claim(claim, value).hs256(SECRET);
  }

  private TestSocket open(String account, String token) {
    return await(
        TestSocket.connecting(
            service.port(),
            "/2/ws",
            Map.of("Luna-Account-Id", account, "Authorization", "Bearer " + token)));
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }

  private static String error(Answer answer) {
    return answer.status() + " " + new JsonObject(answer.text()).getInteger("error_code");
  }
}
