package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests that only a client that requests statistics of its filter receives them. */
final class StatsIT {
  private static final int LIMIT = 10;

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_WS_SETTINGS__STATS_INTERVAL=0.1");

  private final String account = Service.account();

  @Test
  void clientGetsStatisticsImmediatelyAndAfterEvents() {
    TestSocket client = service.open(account, "gender=1&age__gte=18&stats=1");
    TestSocket plain = service.open(account, "gender=1&age__gte=18");
    JsonObject none = stats(client);
    assertThat(none.getLong("seen")).isZero();
    assertThat(none.getJsonObject("refused").getMap()).containsOnlyKeys("age__gte", "gender");
    service.redis().publish(account, payload(person("a", 0, 10)));
    service.redis().publish(account, payload(person("b", 1, 10)));
    service.redis().publish(account, payload(event("c")));
    service.redis().publish(account, payload(person("d", 1, 18)));
    JsonObject last = none;
    boolean delivered = false;
    while (last.getLong("seen") < 4) {
      JsonObject message = client.next();
      if (message.containsKey("event")) {
        delivered = true;
      } else {
        last = message.getJsonObject("stats");
      }
    }
    assertThat(last)
        .isEqualTo(
            new JsonObject(
                """
                {"seen": 4, "passed": 1, "refused": {"age__gte": 3, "gender": 2}}"""));
    assertThat(delivered).isTrue();
    assertThat(plain.nextEventId()).isEqualTo("d");
    // The counts are unchanged, so no report is sent; the other client never gets one.
    service.redis().publish(account, payload(person("e", 1, 20)));
    assertThat(client.nextEventId()).isEqualTo("e");
    assertThat(stats(client).getLong("passed")).isEqualTo(2);
    assertThat(plain.nextEventId()).isEqualTo("e");
  }

  /** Each of these client costs the node an evaluation of every event of the account. */
  @Test
  void statisticsClientsOfAnAccountAreLimited() {
    List<TestSocket> clients = new ArrayList<>();
    for (int i = 0; i < LIMIT; i++) {
      clients.add(service.open(account, "stats=1"));
    }
    var refusal =
        TestSocket.refused(service.port(), "/2/ws?stats=1", Map.of("Luna-Account-Id", account));
    assertThat(refusal.getStatus()).isEqualTo(429);
    assertThat(refusal.getBody().toString())
        .contains("The account has too many connections with stats=1");
    assertThat(service.metric("luna_sender_limited", "limit", "stats_per_account")).isEqualTo(1);
    service.open(account, "");
    service.open(account, "stats=0");
    service.open(Service.account(), "stats=1");
    clients.get(0).close();
    until("it is disconnected", () -> service.metric("luna_sender_connections") == LIMIT + 2);
    assertThat(stats(service.open(account, "stats=1")).getLong("seen")).isZero();
    service.expectWarning("Limit exceeded");
  }

  private static JsonObject person(String id, int gender, int age) {
    JsonObject event = event(id);
    with(event, "face_attributes.basic_attributes.gender", gender);
    return with(event, "face_attributes.basic_attributes.age", age);
  }

  private static JsonObject stats(TestSocket client) {
    return client.next().getJsonObject("stats");
  }
}
