package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.request;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests which requests become a WebSocket, and which get an error. */
final class HandshakeIT {
  /** The handler of {@link luna.sender.testing.TestEvents#payload}. */
  private static final String HANDLER = "557d54ec-29ad-4f3c-93b4-c9092ef12515";

  @RegisterExtension final Service service = Service.shared();

  private final String account = Service.account();

  @Test
  void twoHundredConcurrentHandshakesSucceedTwice() {
    List<TestSocket> sockets = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      List<Future<TestSocket>> opening = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String query = "gender=1&cities=Moscow,New%20York&age__gte=" + i % 100;
        opening.add(TestSocket.opening(service.port(), account, query));
      }
      opening.forEach(each -> sockets.add(await(each)));
    }
    JsonObject event = with(event("all"), "face_attributes.basic_attributes.gender", 1);
    with(event, "face_attributes.basic_attributes.age", 100);
    service.redis().publish(account, payload(with(event, "location.city", "New York")));
    sockets.forEach(socket -> assertThat(socket.nextEventId()).isEqualTo("all"));
    assertThat(service.metric("luna_sender_handshakes", "outcome", "accepted")).isEqualTo(400);
  }

  @Test
  void fiveHundredHandlerIdsFitTheQuery() {
    String ids =
        Stream.concat(Stream.generate(UUID::randomUUID).limit(499), Stream.of(HANDLER))
            .map(String::valueOf)
            .collect(Collectors.joining(","));
    TestSocket socket = service.open(account, "handler_ids=" + ids);
    service.redis().publish(account, payload(event("handled")));
    assertThat(socket.nextEventId()).isEqualTo("handled");
  }

  @Test
  void listHasAtMostThousandValues() {
    TestSocket socket = service.open(account, "sources=" + values(1000));
    service.redis().publish(account, payload(with(event("last"), "source", "s1000")));
    assertThat(socket.nextEventId()).isEqualTo("last");
    Answer refusal = ask(get("/2/ws?sources=" + values(1001), handshake(account)));
    assertThat(error(refusal)).isEqualTo("400 12012");
    assertThat(detail(refusal))
        .startsWith("Bad query parameters: sources: s1,s2,")
        .endsWith("… (expected: 1 to 1000 values)");
  }

  @Test
  void requestLineIsBoundedBy32KibAndSoAreTheHeaders() {
    String lineEnd = " HTTP/1.1";
    String start = "GET /2/ws?x=";
    String fits = "x".repeat(32768 - start.length() - lineEnd.length());
    assertThat(ask(get("/2/ws?x=" + fits, handshake(account))).status()).isEqualTo(101);
    assertThat(error(ask(get("/2/ws?x=x" + fits, handshake(account))))).isEqualTo("414 12012");
    String[] large = handshake(account, "X-Large: " + "x".repeat(32_000));
    assertThat(ask(get("/2/ws", large)).status()).isEqualTo(101);
    large = handshake(account, "X-Large: " + "x".repeat(32_768));
    assertThat(error(ask(get("/2/ws", large)))).isEqualTo("431 12031");
  }

  @Test
  void accountIsACaseInsensitiveUuid() {
    for (String id : List.of(account.toUpperCase(Locale.ROOT), "AbC" + account.substring(3))) {
      TestSocket socket = service.open(id, "");
      service.redis().publish(id.toLowerCase(Locale.ROOT), payload(event(id)));
      assertThat(socket.nextEventId()).isEqualTo(id);
    }
  }

  @Test
  void invalidAccountIsRejectedAndNamed() {
    for (String bad :
        List.of(
            "42",
            account.replace("-", ""),
            "{" + account + "}",
            account + "0",
            account.substring(1),
            account + "," + account,
            account.replace('-', '_'),
            "g" + account.substring(1),
            account.replaceFirst(".", "%38"))) {
      Answer refusal = ask(get("/2/ws", handshake(bad)));
      assertThat(error(refusal)).as(bad).isEqualTo("400 12031");
      assertThat(detail(refusal))
          .startsWith("Luna-Account-Id: " + bad.substring(0, 2))
          .endsWith(" (expected: a UUID)");
    }
    assertThat(detail(ask(get("/2/ws", handshake("")))))
        .isEqualTo("Luna-Account-Id: nothing (expected: a UUID)");
  }

  @Test
  void repeatedAccountIsRejected() {
    Answer twice = ask(get("/2/ws", handshake(account, "luna-account-id: " + account)));
    assertThat(error(twice)).isEqualTo("400 12031");
    assertThat(detail(twice)).isEqualTo("Luna-Account-Id: given 2 times (expected: once)");
    Answer none = ask(get("/2/ws", without("Luna-Account-Id")));
    assertThat(error(none)).isEqualTo("400 12014");
    assertThat(detail(none)).isEqualTo("Required parameters Luna-Account-Id not found");
  }

  @Test
  void invalidHandshakeIsRejectedWithWhatIsMissing() {
    Map<String[], String> refused =
        Map.ofEntries(
            Map.entry(new String[] {"Luna-Account-Id: " + account}, "Upgrade"),
            Map.entry(without("Upgrade"), "Upgrade"),
            Map.entry(changed("Upgrade", "h2c"), "Upgrade"),
            Map.entry(changed("Upgrade", "websockets"), "Upgrade"),
            Map.entry(changed("Upgrade", "websocket h2c"), "Upgrade"),
            Map.entry(changed("Upgrade", "\"websocket"), "Upgrade"),
            Map.entry(more(changed("Connection", "Upgrade"), "Connection: close"), "Connection"),
            Map.entry(changed("Connection", "\"a, Upgrade\""), "Connection"),
            Map.entry(without("Connection"), "Connection"),
            Map.entry(changed("Connection", "keep-alive"), "Connection"),
            Map.entry(changed("Connection", "no-upgrade"), "Connection"),
            Map.entry(changed("Connection", "close, Upgrade"), "Connection"),
            Map.entry(handshake(account, "Content-Length: 5"), "Content-Length"),
            Map.entry(handshake(account, "Transfer-Encoding: chunked"), "Content-Length"),
            Map.entry(without("Sec-WebSocket-Key"), "Sec-WebSocket-Key"),
            Map.entry(changed("Sec-WebSocket-Key", "c2hvcnQ="), "Sec-WebSocket-Key"),
            Map.entry(changed("Sec-WebSocket-Key", "!".repeat(24)), "Sec-WebSocket-Key"),
            Map.entry(without("Sec-WebSocket-Version"), "Sec-WebSocket-Version"),
            Map.entry(changed("Sec-WebSocket-Version", "8"), "Sec-WebSocket-Version"),
            Map.entry(changed("Sec-WebSocket-Version", "13, 8"), "Sec-WebSocket-Version"));
    refused.forEach(
        (lines, missing) -> {
          Answer answer = ask(get("/2/ws?gender=1", lines));
          String given = String.join("|", lines);
          assertThat(error(answer)).as(given).isEqualTo("400 12046");
          assertThat(detail(answer))
              .as(given)
              .matches("Invalid http request: " + missing + ": .* \\(expected: .*\\)");
          assertThat(answer.header("Sec-WebSocket-Version"))
              .as(given)
              .isEqualTo(missing.equals("Sec-WebSocket-Version") ? "13" : "");
        });
  }

  @Test
  void handshakeOverHttp10IsRejected() {
    Answer answer = ask(get("/2/ws", handshake(account)).replace("HTTP/1.1", "HTTP/1.0"));
    assertThat(error(answer)).isEqualTo("400 12046");
    assertThat(detail(answer))
        .isEqualTo("Invalid http request: version: not HTTP/1.1 (expected: HTTP/1.1)");
  }

  @Test
  void handshakeMustBeAGet() {
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      Answer answer = ask(request(method, "/2/ws", handshake(account)));
      assertThat(answer.status()).as(method).isEqualTo(405);
      assertThat(answer.header("Allow")).as(method).isEqualTo("GET, HEAD, OPTIONS");
    }
    Answer plain = ask(get("/2/ws", "Luna-Account-Id: " + account));
    try (RawHttp connection = RawHttp.connect(service.port())) {
      Answer head = connection.send(request("HEAD", "/2/ws", handshake(account))).head();
      assertThat(head.status()).isEqualTo(400).isEqualTo(plain.status());
      assertThat(head.header("Content-Length")).isEqualTo(plain.header("Content-Length"));
      assertThat(connection.send(request("OPTIONS", "/2/ws", handshake(account))).head().status())
          .isEqualTo(204);
    }
  }

  @Test
  void unusualValidHandshakesAreAccepted() {
    for (String[] lines :
        List.of(
            changed("Connection", "keep-alive, Upgrade"),
            changed("Connection", "upgrade,keep-alive"),
            changed("Upgrade", "WebSocket"),
            changed("Upgrade", "websocket, h2c"),
            changed("Upgrade", "h2c , websocket"),
            changed("Upgrade", ",websocket,,"),
            more(changed("Upgrade", "h2c"), "Upgrade: websocket"),
            more(changed("Connection", "keep-alive"), "Connection: Upgrade"),
            more(changed("Connection", "Upgrade"), "Connection: keep-alive"),
            more(changed("Connection", ""), "Connection: , ,UPGRADE ,", "connection:"),
            handshake(account, "Origin: http://test", "Sec-WebSocket-Protocol: chat, graphql-ws"),
            handshake(account, "Sec-WebSocket-Extensions: permessage-deflate"))) {
      Answer answer = ask(get("/2/ws", lines));
      assertThat(answer.status()).as(String.join("|", lines)).isEqualTo(101);
      assertThat(answer.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertThat(answer.headers())
          .doesNotContainKeys("sec-websocket-extensions", "sec-websocket-protocol");
    }
  }

  @Test
  void apiOneIsAnAliasAndOtherNumbersAreNotFound() {
    TestSocket alias =
        await(
            TestSocket.connecting(
                service.port(), "/1/ws?api=3", Map.of("Luna-Account-Id", account)));
    service.redis().publish(account, payload(event("alias")));
    assertThat(alias.nextEventId()).isEqualTo("alias");
    for (String api : List.of("0", "3", "2.0", "-2", "+2", "ws", "%32%32", "9".repeat(30))) {
      assertThat(error(ask(get("/" + api + "/ws", handshake(account)))))
          .as(api)
          .isEqualTo("404 12013");
    }
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }

  /** Returns a handshake without one header. */
  private String[] without(String header) {
    return Stream.of(handshake(account))
        .filter(line -> !line.startsWith(header + ":"))
        .toArray(String[]::new);
  }

  private String[] changed(String header, String value) {
    return Stream.concat(Stream.of(header + ": " + value), Stream.of(without(header)))
        .toArray(String[]::new);
  }

  private static String[] more(String[] lines, String... more) {
    return Stream.concat(Stream.of(lines), Stream.of(more)).toArray(String[]::new);
  }

  private static String error(Answer answer) {
    return answer.status() + " " + new JsonObject(answer.text()).getInteger("error_code");
  }

  private static String detail(Answer answer) {
    return new JsonObject(answer.text()).getString("detail");
  }

  private static String values(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "s" + i).collect(Collectors.joining(","));
  }
}
