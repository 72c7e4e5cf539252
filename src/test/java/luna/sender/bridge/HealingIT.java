package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import luna.sender.Sender;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests that a node with history loses no event when it loses Redis. */
final class HealingIT {
  private final String account = Service.account();
  private final TestRedis redis = new TestRedis("enable-debug-command yes");
  private final HistoryPublisher publisher = new HistoryPublisher(redis.port());
  private Sender sender;

  @BeforeEach
  void start() {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("LUNA_SENDER_HISTORY__MODE", "redis");
    environment.put("LUNA_SENDER_HISTORY__RECORD", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.put("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    sender = Waiting.await(Sender.start(ConfigLoader.load(null, environment)));
    ready();
  }

  @AfterEach
  void stop() {
    Waiting.await(sender.stop());
    publisher.close();
    redis.close();
  }

  private void ready() {
    until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
  }

  private JsonObject gapFreeLedger() {
    until(
        "the ledger has no open gap",
        () -> ledger().stream().allMatch(row -> ((JsonObject) row).getValue("to") != null));
    assertThat(ledger()).hasSize(1);
    return ledger().getJsonObject(0);
  }

  private JsonArray ledger() {
    return new JsonObject(RawHttp.exchange(sender.port(), RawHttp.get("/healthcheck")).text())
        .getJsonArray("gaps");
  }

  private void append(String id) {
    publisher.append(account, payload(event(id)));
  }

  private static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "e" + i).toList();
  }

  private static void expect(TestSocket socket, List<String> ids) {
    for (String id : ids) {
      assertThat(socket.nextEventId()).isEqualTo(id);
    }
  }

  @Test
  void eventsArriveWithoutAnInterruptionAsWithoutHistory() {
    append("before");
    try (TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
        TestSocket second = TestSocket.open(sender.port(), account, "gaps=1")) {
      for (String id : ids(0, 20)) {
        append(id);
      }
      expect(socket, ids(0, 20));
      expect(second, ids(0, 20));
    }
    assertThat(ledger()).isEmpty();
  }

  @Test
  void killedConnectionIsHealedWithoutAGap() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1");
        TestSocket plain = TestSocket.open(sender.port(), account, "")) {
      append("e0");
      for (int round = 0; round < 3; round++) {
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        for (String id : ids(1 + 200 * round, 201 + 200 * round)) {
          append(id);
        }
        ready();
      }
      append("e601");
      expect(plain, ids(0, 602));
      int events = 0;
      int interruptions = 0;
      int healed = 0;
      while (events < 602 || healed < interruptions) {
        JsonObject next = listener.next();
        if (next.containsKey("interruption")) {
          interruptions++;
        } else if (next.containsKey("healed")) {
          healed++;
        } else {
          assertThat(next.getJsonObject("event").getString("event_id")).isEqualTo("e" + events);
          events++;
        }
      }
      assertThat(interruptions).isEqualTo(3);
    }
    for (Object row : ledger()) {
      assertThat(((JsonObject) row).getValue("healed")).isNotNull();
      assertThat(((JsonObject) row).getLong("dropped")).isZero();
    }
  }

  @Test
  void healedMessageIsAnEventWithANameOnAStream() {
    try (TestEventStream listener = TestEventStream.open(sender.port(), account, "gaps=1")) {
      append("e0");
      assertThat(listener.nextEventId()).isEqualTo("e0");
      redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      assertThat(listener.message().name()).isEqualTo("interruption");
      ready();
      append("e1");
      List<String> names = List.of(listener.message().name(), listener.message().name());
      assertThat(names).containsExactlyInAnyOrder("healed", "message");
    }
  }

  @Test
  void healedMessageEndsTheInterruptionAfterTheEvents() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1")) {
      append("e0");
      expect(listener, ids(0, 1));
      redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      JsonObject interruption = listener.next().getJsonObject("interruption");
      ready();
      append("e1");
      JsonObject healed = null;
      JsonObject next = listener.next();
      if (next.containsKey("healed")) {
        healed = next.getJsonObject("healed");
        next = listener.next();
      }
      assertThat(next.getJsonObject("event").getString("event_id")).isEqualTo("e1");
      if (healed == null) {
        healed = listener.next().getJsonObject("healed");
      }
      assertThat(healed.getString("from")).isEqualTo(interruption.getString("from"));
      assertThat(healed.getString("cause")).isEqualTo(interruption.getString("cause"));
      assertThat(gapFreeLedger().getLong("healed")).isEqualTo(healed.getLong("events"));
      append("e2");
      expect(listener, ids(2, 3));
    }
  }

  @Test
  void accountWhoseHistoryCannotBeReadIsCountedUntilItIsHealed() {
    try (TestSocket socket = TestSocket.open(sender.port(), account, "")) {
      append("e0");
      expect(socket, ids(0, 1));
      redis.command("ACL", "SETUSER", "default", "-xrange");
      redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      append("e1");
      until("the read is repeated", () -> healing() == 1);
      redis.command("ACL", "SETUSER", "default", "+xrange");
      expect(socket, ids(1, 2));
      until("it is healed", () -> healing() == 0);
    }
  }

  private double healing() {
    return sender.metrics().registry().get("luna_sender_history_healing").gauge().value();
  }

  /** The server executes nothing, and the node gives up the connection. */
  @Test
  void silentRedisIsHealed() {
    try (TestSocket socket = TestSocket.open(sender.port(), account, "")) {
      append("e0");
      expect(socket, ids(0, 1));
      publisher.sleep(3);
      for (String id : ids(1, 100)) {
        publisher.appending(account, payload(event(id)));
      }
      expect(socket, ids(1, 100));
      ready();
      append("e100");
      expect(socket, ids(100, 101));
    }
    assertThat(gapFreeLedger().getValue("healed")).isNotNull();
  }

  @Test
  void emptiedHistoryIsAGap() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1")) {
      append("e0");
      expect(listener, ids(0, 1));
      redis.command("FLUSHALL");
      append("e1");
      append("e2");
      JsonObject gap = listener.next().getJsonObject("gap");
      assertThat(gap.getString("cause")).isEqualTo("history_trimmed");
      assertThat(gap.getValue("dropped")).isNull();
      expect(listener, ids(1, 3));
    }
    assertThat(gapFreeLedger().getString("cause")).isEqualTo("history_trimmed");
    assertThat(gapFreeLedger().containsKey("healed")).isFalse();
  }

  @Test
  void restartedRedisWithoutItsDataIsAGapThatEndsTheInterruption() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1")) {
      append("e0");
      expect(listener, ids(0, 1));
      redis.kill();
      JsonObject interruption = listener.next().getJsonObject("interruption");
      redis.restart();
      publisher.reconnect();
      ready();
      JsonObject gap = listener.next().getJsonObject("gap");
      assertThat(gap.getString("from")).isEqualTo(interruption.getString("from"));
      assertThat(gap.getString("cause")).isEqualTo(interruption.getString("cause"));
      append("e1");
      expect(listener, ids(1, 2));
    }
    assertThat(gapFreeLedger().containsKey("healed")).isFalse();
  }

  @Test
  void trimmedEntriesAreAGap() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1")) {
      append("e0");
      expect(listener, ids(0, 1));
      try (HistoryPublisher bounded = new HistoryPublisher(redis.port(), 5, Duration.ofHours(1))) {
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        for (String id : ids(1, 30)) {
          bounded.append(account, payload(event(id)));
        }
      }
      List<String> got = new ArrayList<>();
      boolean gap = false;
      while (got.isEmpty() || !got.get(got.size() - 1).equals("e29")) {
        JsonObject next = listener.next();
        gap |= next.containsKey("gap");
        if (next.containsKey("event")) {
          got.add(next.getJsonObject("event").getString("event_id"));
        }
      }
      // Whatever is missing is reported.
      assertThat(gap).isEqualTo(got.size() < 29);
    }
  }

  @Test
  void malformedMessagesAndRecordedGapsHaveTheirPlaceToo() {
    try (TestSocket listener = TestSocket.open(sender.port(), account, "gaps=1")) {
      append("e0");
      publisher.append(account, "not JSON");
      publisher.appendGap(account, 1_700_000_000_000L, 1_700_000_001_000L);
      append("e1");
      expect(listener, ids(0, 1));
      JsonObject gap = listener.next().getJsonObject("gap");
      assertThat(gap.getString("from")).isEqualTo("2023-11-14T22:13:20Z");
      assertThat(gap.getString("to")).isEqualTo("2023-11-14T22:13:21Z");
      assertThat(gap.getString("cause")).isEqualTo("history_lost");
      expect(listener, ids(1, 2));
    }
  }
}
