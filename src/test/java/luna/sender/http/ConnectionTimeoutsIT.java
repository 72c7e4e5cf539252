package luna.sender.http;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections without progress are closed in time and not earlier; others stay open. */
final class ConnectionTimeoutsIT {
  private static final Duration HANDSHAKE = Duration.ofMillis(500);
  private static final Duration KEEP_ALIVE = Duration.ofMillis(800);

  /** The interval of a sweep, plus a margin for a busy machine. */
  private static final Duration LATE = Duration.ofSeconds(4);

  private static final Duration TRICKLE = Duration.ofMillis(40);

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=0.5",
          "LUNA_SENDER_HTTP_SETTINGS__KEEP_ALIVE_TIMEOUT=0.8",
          "REDIS_DB_ADDRESS__COMMAND_TIMEOUT=1.5");

  private final String account = Service.account();

  @Test
  void silentConnectionIsClosed() {
    try (RawHttp connection = connect()) {
      assertThat(connection.cut()).isBetween(HANDSHAKE, HANDSHAKE.plus(LATE));
    }
  }

  @Test
  void slowRequestLineIsClosed() {
    try (RawHttp connection = connect()) {
      Duration age = connection.cutWhileTrickling("GET /" + "x".repeat(2_000), TRICKLE);
      assertThat(age).isBetween(HANDSHAKE, HANDSHAKE.plus(LATE));
    }
  }

  @Test
  void slowHeadersAreClosed() {
    try (RawHttp connection = connect()) {
      connection.send("GET /version HTTP/1.1\r\nHost: test\r\n");
      Duration age = connection.cutWhileTrickling("X-Slow: 1\r\n".repeat(200), TRICKLE);
      assertThat(age).isBetween(HANDSHAKE, HANDSHAKE.plus(LATE));
    }
  }

  @Test
  void idleConnectionIsClosedAfterKeepAliveTimeout() {
    try (RawHttp connection = connect()) {
      assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
      assertThat(connection.cut()).isBetween(KEEP_ALIVE, KEEP_ALIVE.plus(LATE));
    }
  }

  @Test
  void slowSecondRequestIsClosed() {
    try (RawHttp connection = connect()) {
      assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
      Duration age = connection.cutWhileTrickling("GET /" + "x".repeat(2_000), TRICKLE);
      assertThat(age).isBetween(HANDSHAKE, HANDSHAKE.plus(LATE));
    }
  }

  @Test
  void activeConnectionStaysOpen() {
    try (RawHttp used = connect();
        RawHttp idle = connect()) {
      long end = System.nanoTime() + KEEP_ALIVE.multipliedBy(2).toNanos();
      idle.send(get("/version")).answer();
      while (System.nanoTime() - end < 0) {
        assertThat(used.send(get("/healthcheck")).answer().status()).isEqualTo(200);
      }
      assertThat(idle.cut()).isGreaterThan(KEEP_ALIVE);
      assertThat(used.send(get("/version")).answer().status()).isEqualTo(200);
    }
  }

  /** The clock is another connection, which is opened later and outlives both timeouts. */
  @Test
  void upgradedConnectionStaysOpen() {
    try (RawHttp fresh = connect();
        RawHttp reused = connect()) {
      assertThat(reused.send(get("/version")).answer().status()).isEqualTo(200);
      assertThat(reused.send(get("/2/ws", handshake(account))).answer().status()).isEqualTo(101);
      assertThat(fresh.send(get("/2/ws", handshake(account))).answer().status()).isEqualTo(101);
      idleConnectionIsClosedAfterKeepAliveTimeout();
      idleConnectionIsClosedAfterKeepAliveTimeout();
      service.redis().publish(account, payload(event("still here")));
      for (RawHttp socket : new RawHttp[] {fresh, reused}) {
        assertThat(new JsonObject(socket.textFrame()).getJsonObject("event").getString("event_id"))
            .isEqualTo("still here");
      }
    }
  }

  @Test
  void rejectedHandshakeLeavesAnIdleConnectionThatIsClosed() {
    try (RawHttp connection = connect()) {
      assertThat(connection.send(get("/2/ws?gender=2", handshake(account))).answer().status())
          .isEqualTo(400);
      assertThat(connection.send(get("/2/ws")).answer().status()).isEqualTo(400);
      assertThat(connection.cut()).isBetween(KEEP_ALIVE, KEEP_ALIVE.plus(LATE));
    }
  }

  /** A client that waits for its response is not idle. */
  @Test
  void connectionThatWaitsForItsResponseStaysOpen() throws Exception {
    service.expectWarning("Redis");
    signal("STOP");
    try (RawHttp health = connect();
        RawHttp socket = connect()) {
      health.send(get("/healthcheck"));
      socket.send(get("/2/ws", handshake(account)));
      assertThat(health.answer().status()).isEqualTo(502);
      assertThat(socket.answer().status()).isEqualTo(503);
      assertThat(health.cut()).isLessThan(PATIENCE);
    } finally {
      signal("CONT");
    }
  }

  private RawHttp connect() {
    return RawHttp.connect(service.port());
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(service.redis().pid())).start().waitFor();
  }
}
