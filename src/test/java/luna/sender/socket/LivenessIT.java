package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests that {@code /livez} fails if and only if an event loop delivers none of its pending items.
 */
final class LivenessIT {
  @RegisterExtension static final FaultInjection INJECTION = new FaultInjection();

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HTTP_SETTINGS__LIVENESS_TIMEOUT=2",
          "REDIS_DB_ADDRESS__CANARY_INTERVAL=0.2",
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2");

  private final String account = Service.account();

  @Test
  void loopWithoutATurnIsNotAliveUntilItRunsOne() {
    service.expectWarning("Fault caught");
    service.expectWarning("Event loop has stalled");
    TestSocket client = service.open(account, "");
    INJECTION.armForGood(Step.SCHEDULE, FaultInjection.ANY, () -> new OutOfMemoryError("injected"));
    service.redis().publish(account, payload(event("late")));
    until("it is not alive", () -> service.get("/livez").statusCode() == 503);
    assertThat(new JsonObject(service.get("/livez").body()).getString("detail"))
        .contains(": has delivered none of its queued events for ");
    until("both have stalled", () -> service.metric("luna_sender_event_loops_stalled") == 2);
    until("both are logged", () -> service.warnings("Event loop has stalled").size() == 2);
    INJECTION.disarm();
    assertThat(client.nextEventId()).isEqualTo("late");
    until("it is alive", () -> service.get("/livez").statusCode() == 200);
    assertThat(service.warnings("Event loop has stalled")).hasSize(2);
  }

  /** There are no clients, so only the canary detects it. */
  @Test
  void loopThatHandlesNoCanaryIsNotAlive() {
    service.expectWarning("Fault caught");
    service.expectWarning("Event loop has stalled");
    INJECTION.armForGood(Step.DEQUEUE, "", () -> new StackOverflowError());
    // Each loop reaches the timeout at a time of its own.
    until("both have stalled", () -> service.metric("luna_sender_event_loops_stalled") == 2);
    HttpResponse<String> alive = service.get("/livez");
    assertThat(alive.statusCode()).isEqualTo(503);
    assertThat(new JsonObject(alive.body()).getString("detail"))
        .contains("event loop 1: has ", "event loop 2: has ");
    INJECTION.disarm();
    until("it is alive", () -> service.get("/livez").statusCode() == 200);
  }

  @Test
  void loopIsAliveWithoutRedis() {
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    service.open(account, "");
    service.redis().kill();
    until("Redis is unavailable", () -> service.metric("luna_sender_redis_connected") == 0);
    Waiting.condition("/livez answers 200")
        .atMost(PATIENCE)
        .during(Duration.ofSeconds(4))
        .until(() -> service.get("/livez").statusCode() == 200);
    service.redis().restart();
    service.awaitRedis();
  }

  @Test
  void loopThatIsBusyForSecondsIsAlive() {
    service.expectWarning("Gap closed");
    List<TestSocket> clients = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      clients.add(service.open(account, "slow=latest"));
    }
    String flood =
        payload(
            IntStream.range(0, 3000)
                .mapToObj(i -> event(Integer.toString(i)))
                .toArray(JsonObject[]::new));
    // Twice the liveness timeout.
    long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    while (System.nanoTime() - end < 0) {
      service.redis().publish(account, flood);
      assertThat(service.get("/livez").statusCode()).isEqualTo(200);
    }
    assertThat(service.metric("luna_sender_event_loops_stalled")).isZero();
    clients.forEach(TestSocket::close);
  }
}
