package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.stream.IntStream;
import luna.sender.metrics.AccountCounters;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests that an account with more events than the node can deliver does not affect other accounts.
 */
final class OverloadIT {
  private static final int EVENTS = 3000;

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SERVICE_METRICS__ACCOUNT_SERIES=1",
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_WS_SETTINGS__ACCOUNT_BACKLOG_LIMIT_BYTES=100000");

  private final String flooded = Service.account();
  private final String quiet = Service.account();

  @Test
  void shedEventsAreCountedLoggedAndReportedByAGap() {
    service.expectWarning("Gap closed");
    TestSocket client = service.open(flooded, "gaps=1");
    TestSocket other = service.open(quiet, "gaps=1");
    service.redis().publish(flooded, flood());
    service.redis().publish(quiet, payload(event("theirs")));
    assertThat(other.nextEventId()).isEqualTo("theirs");
    int next = 0;
    int shed = 0;
    boolean interrupted = false;
    while (next < EVENTS) {
      JsonObject message = client.next();
      if (message.containsKey("interruption")) {
        assertThat(interrupted).isFalse();
        interrupted = true;
        assertThat(message.getJsonObject("interruption").getString("cause")).isEqualTo("overload");
      } else if (message.containsKey("gap")) {
        assertThat(interrupted).isTrue();
        interrupted = false;
        assertThat(message.getJsonObject("gap").getString("cause")).isEqualTo("overload");
        next += message.getJsonObject("gap").getInteger("dropped");
        shed += message.getJsonObject("gap").getInteger("dropped");
      } else {
        assertThat(message.getJsonObject("event").getString("event_id"))
            .isEqualTo(Integer.toString(next++));
      }
    }
    assertThat(shed).isPositive();
    assertThat(service.metric("luna_sender_events_shed")).isEqualTo(shed);
    assertThat(service.metric("luna_sender_gaps", "cause", "overload")).isPositive();
    assertThat(new JsonObject(service.get("/healthcheck").body()).getJsonArray("gaps").encode())
        .contains("overload", flooded)
        .doesNotContain(quiet);
    assertThat(other.waiting()).isZero();
    AccountCounters.Sums sums = sums(flooded);
    assertThat(sums.events()).isEqualTo(EVENTS);
    assertThat(sums.shed()).isEqualTo(shed);
    assertThat(sums.received()).isEqualTo(EVENTS - shed);
    assertThat(service.get("/metrics").body())
        .contains(
            "luna_sender_account_events_total{account=\"%s\",of=\"shed\"} %d.0"
                .formatted(flooded, shed));
  }

  private String flood() {
    return payload(
        IntStream.range(0, EVENTS)
            .mapToObj(i -> event(Integer.toString(i)).put("image", "x".repeat(200)))
            .toArray(JsonObject[]::new));
  }

  private AccountCounters.Sums sums(String account) {
    return service.sender().metrics().accounts().sums().stream()
        .filter(each -> each.account().equals(account))
        .findFirst()
        .orElseThrow();
  }
}
