package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.post;
import static luna.sender.testing.RawHttp.request;
import static luna.sender.testing.Waiting.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.LastAnswer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** However long a connection may be idle, a request that has begun must be complete in time. */
final class SlowRequestIT {
  private static final Duration HANDSHAKE = Duration.ofMillis(500);

  /** Much shorter than the idle timeout, much longer than a busy machine needs. */
  private static final Duration LATE = Duration.ofSeconds(30);

  private static final Duration TRICKLE = Duration.ofMillis(40);

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=0.5",
          "LUNA_SENDER_HTTP_SETTINGS__KEEP_ALIVE_TIMEOUT=600");

  private final String account = Service.account();

  @Test
  void slowLaterHeadIsClosed() {
    for (String begin : List.of("", "G", "GET /version HTTP/1.1\r\n", "\r\nGET /")) {
      for (int before : new int[] {1, 3}) {
        try (RawHttp connection = connect()) {
          for (int i = 0; i < before; i++) {
            assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
          }
          connection.send(begin);
          Duration age = connection.cutWhileTrickling("X: " + "x".repeat(2_000), TRICKLE);
          assertThat(age).as(begin).isBetween(HANDSHAKE, LATE);
        }
      }
    }
  }

  @Test
  void unfinishedLaterHeadIsClosed() {
    for (String begin :
        List.of("G", "GET /version HTTP/1.1", "GET /version HTTP/1.1\r\nHost: test\r\n")) {
      try (RawHttp connection = connect()) {
        assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
        assertThat(connection.send(begin).cut()).as(begin).isLessThan(LATE);
      }
    }
  }

  /**
   * In one segment: the decoder keeps the rest, and no further byte arrives that would start its
   * timeout.
   */
  @Test
  void unfinishedHeadInTheSegmentOfAnEarlierRequestIsClosed() {
    for (String rest : List.of("G", "GET /version HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r")) {
      try (RawHttp connection = connect()) {
        assertThat(connection.send(get("/version") + rest).answer().status()).isEqualTo(200);
        assertThat(connection.cut()).as(rest).isLessThan(LATE);
      }
    }
  }

  @Test
  void lateBodyGets408AndTheConnectionIsClosed() {
    String whole =
        post("/2/explain", "{\"filter\":\"\"}".repeat(50), "Luna-Account-Id: " + account);
    String head = whole.substring(0, whole.indexOf("\r\n\r\n") + 4);
    String chunked =
        "POST /2/explain HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            + "Luna-Account-Id: "
            + account
            + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (String first : List.of("", get("/version"))) {
      for (String request : List.of(head, chunked)) {
        try (RawHttp connection = connect()) {
          if (!first.isEmpty()) {
            assertThat(connection.send(first).answer().status()).isEqualTo(200);
          }
          assertTimedOut(connection.send(request).lastAnswerWhileTrickling("", PATIENCE));
        }
        try (RawHttp connection = connect()) {
          String body = request.equals(head) ? " ".repeat(500) : "1\r\n \r\n".repeat(100);
          assertTimedOut(connection.send(request).lastAnswerWhileTrickling(body, TRICKLE));
        }
      }
    }
  }

  private static void assertTimedOut(LastAnswer last) {
    assertThat(last.age()).isBetween(HANDSHAKE, LATE);
    assertThat(last.answer().status()).isEqualTo(408);
    assertThat(last.answer().header("Connection")).isEqualTo("close");
    assertThat(new JsonObject(last.answer().text()).getInteger("error_code")).isEqualTo(12022);
  }

  /** There is no 408, because the response did not need the body and was sent already. */
  @Test
  void missingBodyAfterTheResponseClosesTheConnection() {
    String body = "Content-Length: 1000";
    try (RawHttp page = connect();
        RawHttp refused = connect()) {
      assertThat(page.send(get("/version", body)).answer().status()).isEqualTo(200);
      assertThat(refused.send(request("POST", "/2/explain", body)).answer().status())
          .isEqualTo(400);
      assertThat(page.cut()).isBetween(HANDSHAKE, LATE);
      assertThat(refused.cut()).isBetween(HANDSHAKE, LATE);
    }
  }

  @Test
  void connectionBetweenTwoRequestsStaysOpen() {
    try (RawHttp idle = connect();
        RawHttp lines = connect();
        RawHttp withBody = connect();
        RawHttp socket = connect()) {
      assertThat(idle.send(get("/version")).answer().status()).isEqualTo(200);
      assertThat(lines.send(get("/version") + "\r\n").answer().status()).isEqualTo(200);
      lines.send("\r\n\r\n");
      String explain = post("/2/explain", "{}", "Luna-Account-Id: " + account);
      assertThat(withBody.send(explain).answer().status()).isEqualTo(400);
      assertThat(socket.send(get("/2/ws", handshake(account))).answer().status()).isEqualTo(101);
      // Used as a clock: each of these takes longer than the timeout of a request.
      unfinishedLaterHeadIsClosed();
      for (RawHttp connection : List.of(idle, lines, withBody)) {
        assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void pipelinedRequestsAreAllAnswered() {
    try (RawHttp connection = connect()) {
      connection.send(get("/version").repeat(50) + get("/healthcheck") + get("/version"));
      for (int i = 0; i < 52; i++) {
        assertThat(connection.answer().status()).isEqualTo(200);
      }
    }
  }

  private RawHttp connect() {
    return RawHttp.connect(service.port());
  }
}
