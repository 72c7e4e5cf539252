package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every response has a {@code Luna-Request-Id}: the client's, if it is well-formed. */
final class RequestIdIT {
  private static final String HEADER = "Luna-Request-Id";
  private static final String UUID = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String ID = "1536751345," + UUID;
  private static final String FORM =
      "[0-9]{10},[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}";

  @RegisterExtension final Service service = Service.shared();

  @Test
  void clientsIdIsReturnedWhateverTheCaseOfTheHeader() {
    assertThat(id(get("/version", "luna-request-id: " + ID))).isEqualTo(ID);
    assertThat(id(get("/version", "LUNA-REQUEST-ID:\t" + ID + "  "))).isEqualTo(ID);
  }

  @Test
  void idIsReturnedOnResponsesOutsideTheContractToo() {
    for (String target :
        List.of(
            "/",
            "/nothing/here",
            "/docs/spec/ui/nothing.js",
            "/docs/dev/nothing",
            "/%zz",
            "/%ff",
            "/metrics",
            "/docs/spec/ui/swagger-ui.css",
            "/version/../nothing",
            "http://test/none")) {
      assertThat(id(get(target, HEADER + ": " + ID))).as(target).isEqualTo(ID);
    }
    for (String method : List.of("POST", "OPTIONS", "TRACE", "BREW")) {
      assertThat(id(request(method, "/metrics", HEADER + ": " + ID))).as(method).isEqualTo(ID);
    }
    for (String target : List.of("*", "version", "?a=1", "test:80")) {
      assertThat(id(request("OPTIONS", target, HEADER + ": " + ID))).as(target).isEqualTo(ID);
    }
  }

  @Test
  void malformedIdIsReplaced() {
    for (String bad :
        List.of(
            "",
            "42",
            UUID,
            "1536751345",
            "153675134," + UUID,
            "15367513450," + UUID,
            "1536751345;" + UUID,
            "1536751345, " + UUID,
            "1536751345," + UUID.toUpperCase(Locale.ROOT),
            ID + ID,
            ID + "," + ID,
            ID + "%0d%0aX-Evil:%201",
            ID + "\\r\\nX-Evil: 1",
            ID + "\u00e9",
            "x".repeat(10_000))) {
      assertFresh(bad, ask(get("/version", HEADER + ": " + bad)), 200);
      assertFresh(bad, ask(get("/2/ws", handshake(Service.account(), HEADER + ": " + bad))), 101);
      assertFresh(bad, ask(get("/3/ws", HEADER + ": " + bad)), 404);
    }
    assertFresh("none", ask(get("/version")), 200);
  }

  @Test
  void newIdsDiffer() {
    assertThat(id(get("/version"))).isNotEqualTo(id(get("/version")));
  }

  @Test
  void lineBreakInAnIdNeverBecomesAHeader() {
    for (String lineBreak :
        List.of("\r", "\n", "\r\n ", "\r\n\t", "\n ", "\u0000", "\u000b", "\r\r\n")) {
      String smuggled = HEADER + ": " + ID + lineBreak + "X-Evil: 1";
      for (String target : List.of("/version", "/2/ws", "/nothing")) {
        Answer answer = ask(get(target, smuggled));
        assertThat(answer.headers()).as(smuggled).doesNotContainKey("x-evil");
        assertThat(answer.header(HEADER)).as(smuggled).matches(FORM);
        assertThat(answer.status()).as(smuggled).isIn(200, 400, 404);
      }
    }
  }

  @Test
  void repeatedIdIsRejectedOnEveryOperation() {
    for (String target :
        List.of("/version", "/config", "/healthcheck", "/docs/spec", "/docs/dev")) {
      assertGivenTwice(get(target, "Accept: */*", HEADER + ": " + ID, "luna-request-id: " + ID));
      assertGivenTwice(get(target, "Accept: */*", HEADER + ": " + ID, HEADER + ": 42"));
    }
    assertGivenTwice(
        get("/2/ws", handshake(Service.account(), HEADER + ": " + ID, HEADER + ": " + ID)));
  }

  @Test
  void unparsableRequestGetsAnIdToo() {
    assertFresh("414", ask(get("/" + "x".repeat(33_000), HEADER + ": " + ID)), 414);
    assertFresh("431", ask(get("/", "X-Large: " + "x".repeat(33_000))), 431);
    for (String garbage :
        List.of(
            "\u0016\u0003\u0001\r\n\r\n",
            "GET\r\n\r\n",
            "GET /version HTTP/9\r\n\r\n",
            "GET /version HTTP/1.1\r\nno colon\r\n\r\n",
            "GET /version HTTP/1.1\r\n\r\n",
            "GET /version HTTP/1.1\r\nHost: a b\r\n\r\n")) {
      Answer answer = RawHttp.exchange(service.port(), garbage);
      assertFresh(garbage, answer, 400);
      assertThat(new JsonObject(answer.text()).getInteger("error_code")).isEqualTo(12031);
    }
  }

  private void assertGivenTwice(String request) {
    Answer answer = ask(request);
    assertThat(answer.status()).as(request).isEqualTo(400);
    assertThat(new JsonObject(answer.text()))
        .isEqualTo(
            new JsonObject()
                .put("error_code", 12031)
                .put("desc", "Bad/incomplete input data")
                .put("detail", "Luna-Request-Id: given 2 times (expected: once)"));
    assertThat(answer.header(HEADER)).matches(FORM);
  }

  private static void assertFresh(String given, Answer answer, int status) {
    assertThat(answer.status()).as(given).isEqualTo(status);
    assertThat(answer.header(HEADER)).as(given).matches(FORM).isNotEqualTo(ID);
  }

  private String id(String request) {
    return ask(request).header(HEADER);
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }
}
