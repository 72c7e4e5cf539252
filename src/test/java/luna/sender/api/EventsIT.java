package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.event.Position;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads pages of the history, and waits for events. */
final class EventsIT {
  private static final String GENDER = "face_attributes.basic_attributes.gender";

  @RegisterExtension
  final Service service =
      Service.shared("LUNA_SENDER_HISTORY__MODE=redis", "LUNA_SENDER_HISTORY__RECORD=0");

  private final String account = Service.account();
  private final ContractCheck check = new ContractCheck();
  private HistoryPublisher history;

  @BeforeEach
  void connect() {
    history = new HistoryPublisher(service.redis().port());
  }

  @AfterEach
  void close() {
    history.close();
    check.close();
  }

  @Test
  void pagesContinueAtTheirPositions() {
    publish(250);
    JsonObject page = page("after=" + first());
    assertThat(ids(page)).isEqualTo(names(1, 100));
    assertThat(page.getBoolean("more")).isTrue();
    assertThat(page.getString("outcome")).isEqualTo("complete");
    JsonObject second = page("limit=140&after=" + page.getString("position"));
    assertThat(ids(second)).isEqualTo(names(101, 240));
    JsonObject third = page("after=" + second.getString("position"));
    assertThat(ids(third)).isEqualTo(names(241, 249));
    assertThat(third.getBoolean("more")).isFalse();
    JsonObject empty = page("after=" + third.getString("position"));
    assertThat(ids(empty)).isEmpty();
    assertThat(empty.getString("position")).isEqualTo(third.getString("position"));
    publish("new");
    assertThat(ids(page("after=" + empty.getString("position")))).containsExactly("new");
  }

  private String first() {
    return page("last=1000&limit=1").getString("position");
  }

  @Test
  void newestEventsThatPassComeWithoutAStart() {
    List<String> women = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      JsonObject event = with(event("e" + i), GENDER, i % 7 == 0 ? 0 : 1);
      history.append(account, payload(event));
      if (i % 7 == 0) {
        women.add("e" + i);
      }
    }
    assertThat(ids(page("gender=0"))).isEqualTo(women);
    assertThat(ids(page("gender=0&limit=3"))).isEqualTo(women.subList(women.size() - 3, 43));
    assertThat(ids(page("gender=0&last=5"))).isEqualTo(women.subList(women.size() - 5, 43));
    JsonObject firstOfFive = page("gender=0&last=5&limit=2");
    assertThat(ids(firstOfFive)).isEqualTo(women.subList(women.size() - 5, women.size() - 3));
    assertThat(firstOfFive.getBoolean("more")).isTrue();
    JsonObject none = page("gender=0&tags=none");
    assertThat(ids(none)).isEmpty();
    assertThat(none.getBoolean("more")).isFalse();
    publish("next");
    assertThat(ids(page("after=" + none.getString("position")))).containsExactly("next");
  }

  @Test
  void accountWithoutEventsHasAPosition() {
    JsonObject empty = page("");
    assertThat(ids(empty)).isEmpty();
    assertThat(empty.getString("outcome")).isEqualTo("complete");
    publish("one");
    assertThat(ids(page("after=" + empty.getString("position")))).containsExactly("one");
  }

  @Test
  void eventsOfOnePayloadHavePositionsOfTheirOwn() {
    history.append(account, payload(event("a"), event("b"), event("c")));
    JsonObject page = page("limit=2");
    assertThat(ids(page)).containsExactly("b", "c");
    JsonObject one = page("last=3&limit=1");
    assertThat(ids(one)).containsExactly("a");
    assertThat(ids(page("after=" + one.getString("position")))).containsExactly("b", "c");
    String second = page.getJsonArray("events").getJsonObject(0).getString("position");
    assertThat(ids(page("after=" + second))).containsExactly("c");
  }

  @Test
  void eventIdIsAPositionToo() {
    String known = UUID.randomUUID().toString();
    publish("a", known, "b");
    assertThat(ids(page("after=" + known))).containsExactly("b");
    assertThat(ids(page("after=" + known.toUpperCase(Locale.ROOT)))).containsExactly("b");
    JsonObject unknown = page("after=" + UUID.randomUUID());
    assertThat(unknown.getString("outcome")).isEqualTo("expired");
    assertThat(ids(unknown)).containsExactly("a", known, "b");
  }

  @Test
  void eventIdInUpperCaseIsFoundInAnyCase() {
    String known = UUID.randomUUID().toString().toUpperCase(Locale.ROOT);
    publish("a", known, "b");
    assertThat(ids(page("after=" + known))).containsExactly("b");
    assertThat(ids(page("after=" + known.toLowerCase(Locale.ROOT)))).containsExactly("b");
  }

  @Test
  void frameHasTheBytesOfThePublisher() {
    String odd = "{\"event_id\" : \"x\",\"n\":1.500e1 ,\"t\":\"\\u00e9\"}";
    history.append(account, "{\"events\":[" + odd + "],\"Luna-Request-Id\":\"r\"}");
    String text = ask("").text();
    assertThat(text)
        .startsWith(
            "{\"events\":[{\"event\":"
                + odd
                + ",\"handler_id\":null,\"event-create-time\":null,\"event-end-time\":null,"
                + "\"Luna-Request-id\":\"r\",\"position\":\"");
  }

  @Test
  void outcomeSaysWhatIsMissing() {
    Position gone;
    try (HistoryPublisher small = new HistoryPublisher(service.redis().port(), 3)) {
      gone = small.append(account, payload(event("e0")));
      for (int i = 1; i <= 5; i++) {
        small.append(account, payload(event("e" + i)));
      }
    }
    JsonObject partial = page("after=" + gone);
    assertThat(partial.getString("outcome")).isEqualTo("partial");
    assertThat(ids(partial)).containsExactly("e3", "e4", "e5");
    String position = partial.getString("position");
    assertThat(page("after=" + position).getString("outcome")).isEqualTo("complete");
    history.delete(account);
    publish("other epoch");
    JsonObject expired = page("after=" + position);
    assertThat(expired.getString("outcome")).isEqualTo("expired");
    assertThat(ids(expired)).containsExactly("other epoch");
    String other = page("").getString("position");
    JsonObject ofOtherAccount = new JsonObject(ask(Service.account(), "after=" + other).text());
    assertThat(ofOtherAccount.getString("outcome")).isEqualTo("expired");
  }

  @Test
  void gapOfTheHistoryIsAtItsPlaceOnRequest() {
    publish("before");
    history.appendGap(account, 1_732_896_000_000L, 1_732_896_001_500L);
    publish("after");
    assertThat(ids(page(""))).containsExactly("before", "after");
    JsonArray events = page("gaps=1&since=2020-01-01T00:00:00Z").getJsonArray("events");
    assertThat(events.getJsonObject(1).getJsonObject("gap").getString("from"))
        .isEqualTo("2024-11-29T16:00:00Z");
    assertThat(events).hasSize(3);
  }

  @Test
  void longPollIsAnsweredByTheNextEventThatPasses() throws Exception {
    publish("old");
    String position = page("").getString("position");
    try (RawHttp waiting = RawHttp.connect(service.port())) {
      waiting.send(request(account, "gender=1&wait=20&after=" + position));
      until("it waits", this::subscribed);
      publish("does not pass");
      history.append(account, payload(with(event("passes"), GENDER, 1)));
      JsonObject page = json(waiting.answer());
      assertThat(ids(page)).containsExactly("passes");
      // The connection can be used again.
      waiting.send(request(account, "after=" + page.getString("position")));
      assertThat(ids(json(waiting.answer()))).isEmpty();
    }
  }

  private boolean subscribed() {
    return service
            .redis()
            .command("PUBSUB", "NUMSUB", "luna-sender.live:{" + account + "}")
            .get(1)
            .toInteger()
        > 0;
  }

  /** Repeated if the node stops before it knows that Redis has confirmed the subscription. */
  @Test
  void longPollEndsWhenTheNodeStops() {
    publish("old");
    Answer answer = pollUntilTheNodeStops();
    for (int attempt = 1; answer.status() == 503; attempt++) {
      assertThat(attempt).as("early stops").isLessThan(5);
      answer = pollUntilTheNodeStops();
    }
    assertThat(answer.status()).isEqualTo(200);
    assertThat(ids(json(answer))).isEmpty();
  }

  private Answer pollUntilTheNodeStops() {
    String position = page("").getString("position");
    try (RawHttp waiting = RawHttp.connect(service.port())) {
      waiting.send(request(account, "wait=30&after=" + position));
      until("it is subscribed", this::subscribed);
      service.restart();
      return waiting.answer();
    }
  }

  @Test
  void longPollWithoutAnEventEndsInTimeWithAPosition() {
    publish("old");
    String position = page("").getString("position");
    long began = System.nanoTime();
    JsonObject page = page("wait=1&after=" + position);
    assertThat(System.nanoTime() - began).isBetween(1_000_000_000L, 10_000_000_000L);
    assertThat(ids(page)).isEmpty();
    assertThat(page.getString("position")).isEqualTo(position);
  }

  @Test
  void largePageEndsAtItsLimitOfBytes() {
    String large = "x".repeat(900_000);
    for (int i = 0; i < 12; i++) {
      history.append(account, payload(event("e" + i).put("large", large)));
    }
    List<String> all = new ArrayList<>();
    JsonObject page = page("last=12");
    assertThat(page.getBoolean("more")).isTrue();
    assertThat(ids(page)).hasSize(9);
    all.addAll(ids(page));
    all.addAll(ids(page("after=" + page.getString("position"))));
    assertThat(all).isEqualTo(names(0, 11));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "after=x | after: x (expected: a position, or an event_id)",
        "last=0 | last: 0 (expected: an integer from 1 to 1000)",
        "limit=1001 | limit: 1001 (expected: an integer from 1 to 1000)",
        "wait=31 | wait: 31 (expected: an integer from 0 to 30)",
        "last=1&since=2026-08-11T09:11:41Z | since: with last (expected: one of after, last and"
            + " since)",
      })
  void badValueIsRejectedByItsName(String query, String expected) {
    Answer answer = RawHttp.exchange(service.port(), request(account, query));
    assertThat(check.check("events", answer)).isEqualTo("events 400 application/json");
    assertThat(json(answer).getString("detail")).isEqualTo("Bad query parameters: " + expected);
  }

  @Test
  void invalidLastEventIdIsRejectedAsAHeader() {
    Answer answer =
        RawHttp.exchange(
            service.port(),
            get(
                "/2/events",
                "Luna-Account-Id: " + account,
                "Accept: text/event-stream",
                "Last-Event-ID: x"));
    assertThat(check.check("events", answer)).isEqualTo("events 400 application/json");
    assertThat(json(answer).getInteger("error_code")).isEqualTo(12031);
    assertThat(json(answer).getString("detail"))
        .isEqualTo("Last-Event-ID: x (expected: a position, or an event_id)");
  }

  @Test
  void otherMediaTypeIsRejected() {
    Answer answer =
        RawHttp.exchange(
            service.port(), get("/2/events", "Luna-Account-Id: " + account, "Accept: text/html"));
    assertThat(check.check("events", answer)).isEqualTo("events 415 application/json");
  }

  private void publish(int count) {
    publish(names(0, count - 1).toArray(String[]::new));
  }

  private void publish(String... ids) {
    for (String id : ids) {
      history.append(account, payload(event(id)));
    }
  }

  private static List<String> names(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> "e" + i).toList();
  }

  private JsonObject page(String query) {
    return json(ask(query));
  }

  private Answer ask(String query) {
    return ask(account, query);
  }

  private Answer ask(String ofAccount, String query) {
    Answer answer = RawHttp.exchange(service.port(), request(ofAccount, query));
    assertThat(check.check("events", answer)).isEqualTo("events 200 application/json");
    return answer;
  }

  private static String request(String account, String query) {
    return get("/2/events?" + query, "Luna-Account-Id: " + account);
  }

  private static JsonObject json(Answer answer) {
    return new JsonObject(answer.text());
  }

  private static List<String> ids(JsonObject page) {
    return page.getJsonArray("events").stream()
        .map(JsonObject.class::cast)
        .filter(frame -> frame.containsKey("event"))
        .map(frame -> frame.getJsonObject("event").getString("event_id"))
        .toList();
  }
}
