package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.event.Position;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests what a client that starts in the history receives. */
final class ReplayIT {
  @RegisterExtension
  final Service service =
      new Service("LUNA_SENDER_HISTORY__MODE=redis", "LUNA_SENDER_HISTORY__RECORD=0");

  private final String account = Service.account();
  private HistoryPublisher publisher;

  @BeforeEach
  void connect() {
    publisher = new HistoryPublisher(service.redis().port());
  }

  @AfterEach
  void disconnect() {
    publisher.close();
  }

  private List<Position> append(int count) {
    List<Position> positions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      positions.add(publisher.append(account, payload(event("event " + i))));
    }
    return positions;
  }

  private static void assertOutcome(TestSocket client, String outcome) {
    assertThat(client.headers().get("Luna-Resume")).isEqualTo(outcome);
  }

  private static List<String> ids(TestSocket client, int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(client.nextEventId());
    }
    return ids;
  }

  @Test
  void clientContinuesAfterAPosition() {
    List<Position> positions = append(200);
    TestSocket client = service.open(account, "after=" + positions.get(49));
    assertOutcome(client, "complete");
    for (int i = 50; i < 200; i++) {
      assertThat(client.nextEventId()).isEqualTo("event " + i);
    }
    until("it has caught up", () -> service.metric("luna_sender_replays_running") == 0);
    assertThat(service.metric("luna_sender_replayed_events")).isEqualTo(150);
    assertThat(service.metric("luna_sender_replays", "outcome", "complete")).isEqualTo(1);
  }

  @Test
  void clientContinuesAfterAnEventOfAPayload() {
    Position position =
        publisher.append(account, payload(event("a"), event("b"), event("c"), event("d")));
    publisher.append(account, payload(event("e")));
    assertThat(ids(service.open(account, "after=" + position.at(1)), 3))
        .containsExactly("c", "d", "e");
    assertThat(ids(service.open(account, "after=" + position), 1)).containsExactly("e");
  }

  @Test
  void clientContinuesAfterAnEventId() {
    String known = Service.account();
    publisher.append(account, payload(event("a"), event(known), event("b")));
    TestSocket client = service.open(account, "after=" + known);
    assertOutcome(client, "complete");
    assertThat(client.nextEventId()).isEqualTo("b");
  }

  @Test
  void clientOfAnUnknownEventGetsEverythingAfterAGap() {
    append(3);
    TestSocket client = service.open(account, "after=" + Service.account());
    assertOutcome(client, "expired");
    JsonObject gap = client.next().getJsonObject("gap");
    assertThat(gap.getString("cause")).isEqualTo("history_trimmed");
    assertThat(gap.getString("from")).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(gap.getValue("dropped")).isNull();
    assertThat(ids(client, 3)).containsExactly("event 0", "event 1", "event 2");
  }

  @Test
  void clientOfAnotherEpochGetsEverythingAfterAGap() {
    List<Position> positions = append(2);
    service.redis().command("FLUSHALL");
    append(3);
    TestSocket client = service.open(account, "after=" + positions.get(1));
    assertOutcome(client, "expired");
    assertThat(client.next().getJsonObject("gap").getString("cause")).isEqualTo("history_trimmed");
    assertThat(ids(client, 3)).containsExactly("event 0", "event 1", "event 2");
  }

  @Test
  void clientWaitsForAPositionThatANewMasterLacksUntilItIsRestored() throws Exception {
    List<Position> positions = append(5);
    rollBackTo(positions.get(2));
    service.redis().command("CONFIG", "RESETSTAT");
    CompletableFuture<TestSocket> opening =
        CompletableFuture.supplyAsync(
            () -> service.open(account, "after=" + positions.get(3) + "&positions=1"));
    until(
        "the history is read",
        () -> service.redis().command("INFO", "commandstats").toString().contains("xrange"));
    restore(positions.get(3), "event 3");
    restore(positions.get(4), "event 4");
    TestSocket client = opening.get();
    assertOutcome(client, "complete");
    client.next();
    assertThat(client.nextEventId()).isEqualTo("event 4");
  }

  @Test
  void clientOfAPositionThatIsNotRestoredStartsAfterAGap() {
    List<Position> positions = append(5);
    rollBackTo(positions.get(2));
    assertOutcome(service.open(account, "after=" + positions.get(3)), "expired");
  }

  /** Removes the entries after a position, as if this Redis was a replica that lacked them. */
  private void rollBackTo(Position position) {
    TestRedis redis = service.redis();
    for (Response entry : redis.command("XRANGE", stream(), "(" + position.id(), "+")) {
      redis.command("XDEL", stream(), entry.get(0).toString());
    }
    redis.command("XSETID", stream(), position.id());
    setState(position);
  }

  private void restore(Position position, String event) {
    String number = Long.toString(position.number());
    service
        .redis()
        .command("XADD", stream(), position.id(), "n", number, "p", payload(event(event)));
    setState(position);
  }

  private void setState(Position position) {
    String state = "luna-sender.history.state:{" + account + "}";
    String number = Long.toString(position.number());
    service.redis().command("HSET", state, "number", number, "id", position.id());
  }

  private String stream() {
    return "luna-sender.history:{" + account + "}";
  }

  @Test
  void clientOfATrimmedPositionGetsTheRestAfterAGap() {
    HistoryPublisher few = new HistoryPublisher(service.redis().port(), 3, Duration.ofHours(1));
    try {
      Position first = few.append(account, payload(event("first")));
      for (int i = 0; i < 10; i++) {
        few.append(account, payload(event("event " + i)));
      }
      TestSocket client = service.open(account, "after=" + first + "&positions=1");
      assertOutcome(client, "partial");
      JsonObject resume = client.next().getJsonObject("resume");
      assertThat(resume.getString("outcome")).isEqualTo("partial");
      JsonObject gap = client.next().getJsonObject("gap");
      assertThat(Instant.parse(gap.getString("from")).toEpochMilli()).isEqualTo(first.millis());
      assertThat(ids(client, 3)).containsExactly("event 7", "event 8", "event 9");
    } finally {
      few.close();
    }
  }

  @Test
  void clientGetsTheLastEventsThatPassItsFilter() {
    for (int i = 0; i < 500; i++) {
      JsonObject even = with(event("event " + i), "source", i % 100 == 0 ? "door" : "yard");
      publisher.append(account, payload(even));
    }
    TestSocket client = service.open(account, "last=3&sources=door");
    assertOutcome(client, "complete");
    assertThat(ids(client, 3)).containsExactly("event 200", "event 300", "event 400");
    assertThat(ids(service.open(account, "last=1"), 1)).containsExactly("event 499");
    assertThat(ids(service.open(account, "last=1000&sources=door"), 5)).hasSize(5);
  }

  @Test
  void clientOfAnEmptyHistoryIsLiveImmediately() {
    for (String start : List.of("last=5", "since=2020-01-01T00:00:00Z")) {
      TestSocket client = service.open(account, start + "&positions=1");
      assertOutcome(client, "complete");
      JsonObject resume = client.next().getJsonObject("resume");
      JsonObject live = client.next().getJsonObject("live");
      assertThat(live.getLong("replayed")).isZero();
      assertThat(live.getString("position")).isEqualTo(resume.getString("position"));
    }
  }

  @Test
  void clientGetsTheEventsSinceATime() {
    List<Position> positions = append(3);
    until("time passes", () -> System.currentTimeMillis() > positions.get(2).millis() + 2);
    Position later = publisher.append(account, payload(event("later")));
    TestSocket client = service.open(account, "since=" + Instant.ofEpochMilli(later.millis()));
    assertThat(client.nextEventId()).isEqualTo("later");
  }

  @Test
  void framesHavePositionsAtTheirEnd() {
    Position position = publisher.append(account, payload(event("a"), event("b")));
    TestSocket plain = service.open(account, "last=2");
    TestSocket client = service.open(account, "last=2&positions=1");
    assertThat(client.next().getJsonObject("resume").getString("position"))
        .isEqualTo(position.toString());
    // After its last event, the client has the whole payload.
    for (Position next : List.of(position.at(0), position)) {
      String text = plain.nextText();
      assertThat(client.nextText())
          .isEqualTo(text.substring(0, text.length() - 1) + ",\"position\":\"" + next + "\"}");
    }
    assertThat(client.nextText())
        .isEqualTo("{\"live\":{\"replayed\":2,\"position\":\"" + position + "\"}}");
  }
}
