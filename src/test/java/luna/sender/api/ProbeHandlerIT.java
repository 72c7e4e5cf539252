package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests an orchestrator's probes of liveness and readiness. */
final class ProbeHandlerIT {
  private static final int BRIDGES = 3;

  @RegisterExtension
  final Service service =
      Service.shared(
          "REDIS_DB_ADDRESS__BRIDGES=" + BRIDGES,
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2",
          "REDIS_DB_ADDRESS__COMMAND_TIMEOUT=10");

  @Test
  void nodeWithoutRedisIsAliveButNotReady() {
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    TestSocket socket = service.open(Service.account(), "");
    assertThat(ask("/livez").text()).isEqualTo("{\"alive\":true}");
    assertThat(ask("/readyz").text()).isEqualTo("{\"ready\":true}");
    service.redis().kill();
    until("it is not ready", () -> ask("/readyz").status() == 503);
    until("all bridges are lost", () -> detail("/readyz").contains(" 0 of 3 "));
    assertThat(detail("/readyz")).startsWith("redis: 0 of 3 bridges ready: Redis is unavailable: ");
    assertThat(ask("/livez").status()).isEqualTo(200);
    assertThat(ask("/healthcheck").status()).isEqualTo(502);
    assertThat(socket.isClosed()).isFalse();
    service.redis().restart();
    until("it is ready again", () -> ask("/readyz").status() == 200);
    until("it is healthy again", () -> ask("/healthcheck").status() == 200);
    assertThat(ask("/livez").status()).isEqualTo(200);
  }

  /** A round trip to a suspended Redis would take the timeout of 10 s. */
  @Test
  void readinessDoesNoIo() throws Exception {
    service.expectWarning("Redis");
    signal("STOP");
    try {
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        assertThat(ask("/readyz").status()).isEqualTo(200);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(9));
    } finally {
      signal("CONT");
    }
  }

  @Test
  void stalledEventLoopIsReported() {
    service.expectWarning("Event loop has stalled");
    Answer answer = StuckServer.ask(get("/livez"));
    assertThat(answer.status()).isEqualTo(503);
    JsonObject error = new JsonObject(answer.text());
    assertThat(error.getInteger("error_code")).isEqualTo(38001);
    assertThat(error.getString("detail")).matches("event loop [12]: has run no task for \\d+ s");
  }

  private String detail(String target) {
    return new JsonObject(ask(target).text()).getString("detail", "");
  }

  private Answer ask(String target) {
    return RawHttp.exchange(service.port(), get(target));
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(service.redis().pid())).start().waitFor();
  }
}
