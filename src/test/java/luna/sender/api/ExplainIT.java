package luna.sender.api;

import static luna.sender.testing.RawHttp.post;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestEvents;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Explains why a filter passes or rejects an event, with the code that decides it. */
final class ExplainIT {
  private static final String KEPT = "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS=3";

  @RegisterExtension final Service service = Service.shared(KEPT);

  private final String account = Service.account();

  @Test
  void eachClauseIsExplainedWithItsValueAndTheWantedValues() {
    JsonObject event = event("one");
    with(event, "face_attributes.basic_attributes.age", 17);
    with(event, "face_attributes.basic_attributes.gender", 1);
    event.put("source", "Door 1").put("tags", new JsonArray().add("vip"));
    event.put("matches", new JsonArray().add(TestEvents.match("staff", 0.87)));
    JsonObject explanation =
        explain(
            event,
            "age__gte=18&gender=1&sources=door%201,b&tags=vip,late&object_similarity__gte=0.8"
                + "&cities=Paris&liveness=1,2&matching_candidates_labels=staff");
    assertThat(explanation.getBoolean("passes")).isFalse();
    assertThat(explanation.getString("event_id")).isEqualTo("one");
    assertThat(explanation.getJsonArray("ignored")).isEmpty();
    assertThat(lines(explanation))
        .containsExactly(
            "no sources [\"b\",\"door 1\"] Door 1: \"Door 1\" is none of: \"b\", \"door 1\" (upper"
                + " and lower case differ)",
            "yes matching_candidates_labels [\"staff\"] [\"staff\"]: has \"staff\"",
            "yes object_similarity__gte 0.8 0.87: 0.87 is at least 0.8",
            "no age__gte 18 17: 17 is less than 18",
            "yes gender 1 1: male is one of: male",
            "no liveness [1,2] null: the event has no liveness",
            "no tags [\"late\",\"vip\"] [\"vip\"]: lacks \"late\"",
            "no cities [\"Paris\"] null: the event has no city");
  }

  @Test
  void receivedMessageWithAFilterIsAValidRequest() {
    try (TestSocket client = service.open(account, "")) {
      service.redis().publish(account, payload(event("one").put("source", "Москва")));
      JsonObject frame = client.next();
      assertThat(passes(frame.copy().put("filter", "sources=Москва"))).isTrue();
      assertThat(
              passes(frame.copy().put("filter", "?sources=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0")))
          .isTrue();
      assertThat(passes(frame.copy().put("filter", "sources=Minsk"))).isFalse();
      assertThat(passes(frame.copy().put("filter", ""))).isTrue();
      String handler = frame.getString("handler_id");
      assertThat(passes(frame.copy().put("filter", "handler_ids=" + handler))).isTrue();
      assertThat(passes(frame.copy().put("filter", "handler_ids=" + UUID.randomUUID()))).isFalse();
    }
  }

  @Test
  void keptEventsOfTheAccountAreExplainedByTheirId() {
    try (TestSocket client = service.open(account, "gender=1")) {
      for (String id : List.of("first", "second", "third", "fourth")) {
        service.redis().publish(account, payload(event(id)));
      }
      JsonObject passing = event("fifth");
      with(passing, "face_attributes.basic_attributes.gender", 1);
      service.redis().publish(account, payload(passing));
      assertThat(client.nextEventId()).isEqualTo("fifth");
    }
    JsonObject refused = new JsonObject().put("filter", "gender=1").put("event_id", "fourth");
    assertThat(lines(json(ask(account, refused))))
        .containsExactly("no gender 1 null: the event has no gender");
    assertThat(passes(refused.copy().put("event_id", "fifth"))).isTrue();
    assertThat(ask(account, refused.copy().put("event_id", "first")).status()).isEqualTo(404);
    // An event of another account is not found.
    Answer other = ask(Service.account(), refused);
    assertThat(other.status()).isEqualTo(404);
    assertThat(json(other).getString("detail"))
        .isEqualTo("event_id: fourth (expected: one of the last 3 of the account on this node)");
  }

  /**
   * Some clients, such as aiohttp, write {@code %2C} as a plain comma, or a plain comma as {@code
   * %2C}.
   */
  @Test
  void repeatedListsAreJoinedAndOtherRepetitionsRejected() {
    int lists = 0;
    JsonNode document = OpenApi.document();
    for (JsonNode entry : document.at("/paths/~1{api}~1ws/get/parameters")) {
      JsonNode parameter = document.at(entry.path("$ref").asText().substring(1));
      String name = parameter.path("name").asText();
      if (!parameter.path("in").asText().equals("query")) {
        continue;
      }
      JsonNode example = parameter.path("example");
      if (parameter.path("schema").path("type").asText().equals("array")) {
        lists++;
        String one = name + "=" + example.get(0).asText().replace(" ", "+");
        String other = example.get(1).asText().replace(" ", "+");
        JsonObject continued = explain(event("one"), one + "&x=1&" + name + "=" + other);
        assertThat(continued).isEqualTo(explain(event("one"), one + "," + other + "&x=1"));
        assertThat(continued.getJsonArray("clauses").getJsonObject(0).getJsonArray("wanted"))
            .as(name)
            .hasSize(2);
      } else {
        String twice = name + "=" + example.asText() + "&" + name + "=" + example.asText();
        Answer answer =
            ask(account, new JsonObject().put("event", event("one")).put("filter", twice));
        assertThat(answer.status()).as(twice).isEqualTo(400);
        assertThat(json(answer).getString("detail"))
            .isEqualTo("Bad query parameters: " + name + ": given 2 times (expected: once)");
      }
    }
    assertThat(lists).isEqualTo(13);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "age__gte=x | age__gte: x (expected: an integer of 0 or more)",
        "gender=1&gender=0 | gender: given 2 times (expected: once)",
        "cities=%zz | cities: %zz (expected: percent-encoded UTF-8)",
        "strict=1&gendr=1 | gendr: unknown (did you mean gender?)",
      })
  void invalidFilterIsRejectedAsInAHandshake(String filter, String what) {
    JsonObject body = new JsonObject().put("event", new JsonObject()).put("filter", filter);
    Answer answer = ask(account, body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).getInteger("error_code")).isEqualTo(12012);
    assertThat(json(answer).getString("detail")).isEqualTo("Bad query parameters: " + what);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{ | body",
        "[1] | body",
        "{} | filter",
        "{'filter': 1, 'event': {}} | filter",
        "{'filter': ''} | event",
        "{'filter': '', 'event': 7} | event",
        "{'filter': '', 'event': {}, 'handler_id': 7} | handler_id",
        "{'filter': '', 'event_id': ''} | event_id",
      })
  void invalidBodyIsRejectedByName(String body, String named) {
    Answer answer =
        RawHttp.exchange(
            service.port(),
            post("/2/explain", body.replace('\'', '"'), "Luna-Account-Id: " + account));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).getInteger("error_code")).isEqualTo(12022);
    assertThat(json(answer).getString("detail")).contains(named);
  }

  /** "Try it out" of the page sends this request. */
  @Test
  void exampleRequestGetsTheExampleResponse() {
    JsonNode schemas = OpenApi.document().at("/components/schemas");
    JsonObject request = new JsonObject(schemas.at("/ExplainRequest/example").toString());
    Answer answer = ask(account, request);
    assertThat(answer.status()).as(answer::text).isEqualTo(200);
    assertThat(json(answer))
        .isEqualTo(new JsonObject(schemas.at("/Explanation/example").toString()));
    assertThat(json(answer).getBoolean("passes")).isTrue();
  }

  @Test
  void byteOrderMarkIsSkippedAndOtherEncodingsAreRejected() {
    String body = "{\"filter\":\"sources=x\",\"event\":{\"source\":\"x\"}}";
    String account = "Luna-Account-Id: " + this.account;
    Answer marked = RawHttp.exchange(service.port(), post("/2/explain", "\ufeff" + body, account));
    assertThat(marked.status()).as(marked::text).isEqualTo(200);
    assertThat(json(marked).getBoolean("passes")).isTrue();
    for (String charset : List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
      // One character per byte, all below 128.
      String bytes =
          new String(body.getBytes(Charset.forName(charset)), StandardCharsets.ISO_8859_1);
      Answer other = RawHttp.exchange(service.port(), post("/2/explain", bytes, account));
      assertThat(other.status()).as(charset).isEqualTo(400);
    }
  }

  @Test
  void lastValueOfADuplicateKeyCountsAsInAPayload() {
    String location = "\"location\":{\"city\":\"Bonn\"}";
    for (String body :
        List.of(
            "{\"filter\":\"gender=1\",\"event\":{" + location + "},\"filter\":\"cities=Bonn\"}",
            "{\"filter\":\"cities=Bonn\",\"event\":5,\"event\":{" + location + "}}",
            "{\"filter\":\"cities=Bonn\",\"event\":{\"location\":7," + location + "}}",
            "{\"filter\":\"cities=Bonn\",\"event\":"
                + "{\"location\":{\"city\":\"Ulm\",\"city\":\"Bonn\"}}}")) {
      Answer answer =
          RawHttp.exchange(service.port(), post("/2/explain", body, "Luna-Account-Id: " + account));
      assertThat(answer.status()).as(body).isEqualTo(200);
      assertThat(json(answer).getBoolean("passes")).as(body).isTrue();
    }
  }

  @Test
  void tooDeeplyNestedEventIsRejectedAsInAPayload() {
    String event = "{\"a\":" + "[".repeat(300) + "]".repeat(300) + "}";
    Answer answer =
        RawHttp.exchange(
            service.port(),
            post(
                "/2/explain",
                "{\"filter\":\"\",\"event\":" + event + "}",
                "Luna-Account-Id: " + account));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).getString("detail")).contains("too_deep");
  }

  @Test
  void unknownParametersAreListedAsIgnored() {
    JsonObject explanation = explain(event("one"), "agee=3&gender=1&stats=1&a%2Cb=1");
    assertThat(explanation.getJsonArray("ignored").getList()).containsExactly("agee", "a,b");
    assertThat(lines(explanation)).hasSize(1);
  }

  @Test
  void warningsAreThoseOfAHandshake() {
    JsonObject explanation =
        explain(event("one"), "gendr=1&age__gte=30&age__lt=20&cities=Paris%2C+");
    assertThat(explanation.getJsonArray("warnings").getList())
        .containsExactly(
            "gendr: unknown (did you mean gender?)",
            "age__lt: 20 (expected: more than age__gte=30)",
            "cities: 'Paris, ' (expected: no blank at its start or end)");
    assertThat(explain(event("one"), "gender=1&x=1").getJsonArray("warnings")).isEmpty();
  }

  /**
   * Unfinished bodies are kept in memory, so their number must not depend on the number of
   * connections.
   */
  @Test
  void unfinishedBodiesAreLimitedAndBlockNoOtherRequest() {
    List<RawHttp> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        silent.add(RawHttp.connect(service.port()).send(begun(1000)));
      }
      // The requests go to the event loops in turn.
      for (int i = 0; i < 2; i++) {
        until(
            "a whole body is answered",
            () ->
                ask(account, new JsonObject().put("filter", "").put("event", event())).status()
                    == 200);
      }
      // At most 32 of the 40 bodies on two event loops are admitted.
      Answer refused = silent.get(0).answer();
      assertThat(refused.status()).isIn(429, 503);
      assertThat(refused.header("Retry-After")).isNotEmpty();
    } finally {
      silent.forEach(RawHttp::close);
    }
  }

  @Test
  void bodyOfAnUnauthorizedClientIsNotRead() {
    try (GuardedSender guarded = new GuardedSender()) {
      int port = guarded.port(service.redis().port());
      List<RawHttp> silent = new ArrayList<>();
      try {
        for (int i = 0; i < 40; i++) {
          RawHttp stranger = RawHttp.connect(port).send(begun(1000));
          assertThat(stranger.answer().status()).isEqualTo(401);
          silent.add(stranger);
        }
        String token = TestToken.of(account).hs256(GuardedSender.SECRET);
        Answer answer =
            RawHttp.exchange(
                port,
                post(
                    "/2/explain",
                    "{\"filter\":\"\",\"event\":{}}",
                    "Authorization: Bearer " + token));
        assertThat(answer.status()).isEqualTo(200);
      } finally {
        silent.forEach(RawHttp::close);
      }
    }
  }

  @Test
  void bodyIsRequestedWith100Continue() {
    String body = "{\"filter\":\"\",\"event\":{}}";
    try (RawHttp client = RawHttp.connect(service.port())) {
      client.send(
          RawHttp.request(
              "POST",
              "/2/explain",
              "Luna-Account-Id: " + account,
              "Content-Type: application/json",
              "Expect: 100-continue",
              "Content-Length: " + body.length()));
      assertThat(client.head().status()).isEqualTo(100);
      assertThat(client.send(body).answer().status()).isEqualTo(200);
    }
  }

  /** Events that our scanner accepts and Jackson does not, or the other way round. */
  @ParameterizedTest
  @MethodSource("oddEvents")
  void unusualEventIsExplainedIfItIsDelivered(String event) {
    service.expectWarning("Malformed payload");
    boolean delivered;
    try (TestSocket client = service.open(account, "")) {
      service.redis().publish(account, "{\"events\":[" + event + ",{\"event_id\":\"last\"}]}");
      service.redis().publish(account, payload(event("end")));
      delivered = client.nextText().contains("\"event\":" + event);
    }
    Answer inline =
        RawHttp.exchange(
            service.port(),
            post(
                "/2/explain",
                "{\"filter\":\"\",\"event\":" + event + "}",
                "Luna-Account-Id: " + account));
    assertThat(inline.status()).as(inline::text).isEqualTo(delivered ? 200 : 400);
    // The search for a kept event meets the unusual one.
    JsonObject byId = new JsonObject().put("filter", "").put("event_id", "last");
    assertThat(ask(account, byId).status()).isEqualTo(delivered ? 200 : 404);
  }

  static Stream<String> oddEvents() {
    return Stream.of(
        "{\"event_id\":\"a\",\"event_id\":\"b\",\"last\":\"last\"}",
        "{\"event_id\":[],\"x\":\"last\"}",
        "{\"x\":" + "9".repeat(5000) + ",\"y\":\"last\"}",
        "{\"x\":-0." + "1".repeat(5000) + "e-99999}",
        "{\"x\":1e999999999}",
        "{\"x\":" + "[".repeat(120) + "]".repeat(120) + ",\"y\":\"last\"}",
        "{\"x\":" + "[".repeat(130) + "]".repeat(130) + "}",
        "{\"x\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
        "{\"" + "n".repeat(60_000) + "\":\"last\"}",
        "{\"x\":\"\\ud800\",\"y\":\"last\"}",
        "{\"x\":\"\\udc00\\ud800\"}",
        "{\"x\":\"\\u0000\"}",
        "{\"\":\"last\"}",
        "{\"x\":01}",
        "{\"x\":NaN}",
        "{\"x\":\"\t\"}",
        "{'x':1}",
        "{\"x\":1,}",
        "{\"x\":1}}",
        "{\"x\":\"" + "s".repeat(300_000) + "\"}",
        "{\"tags\":[" + "\"last\",".repeat(50_000) + "\"last\"]}");
  }

  private String begun(int length) {
    return RawHttp.request(
        "POST",
        "/2/explain",
        "Luna-Account-Id: " + account,
        "Content-Type: application/json",
        "Content-Length: " + length);
  }

  private JsonObject explain(JsonObject event, String filter) {
    Answer answer = ask(account, new JsonObject().put("event", event).put("filter", filter));
    assertThat(answer.status()).as(answer::text).isEqualTo(200);
    return json(answer);
  }

  private boolean passes(JsonObject body) {
    Answer answer = ask(account, body);
    assertThat(answer.status()).as(answer::text).isEqualTo(200);
    return json(answer).getBoolean("passes");
  }

  private Answer ask(String asked, JsonObject body) {
    return RawHttp.exchange(
        service.port(), post("/2/explain", body.encode(), "Luna-Account-Id: " + asked));
  }

  private static JsonObject json(Answer answer) {
    return new JsonObject(answer.text());
  }

  private static List<String> lines(JsonObject explanation) {
    return explanation.getJsonArray("clauses").stream()
        .map(JsonObject.class::cast)
        .map(
            clause ->
                (clause.getBoolean("passes") ? "yes " : "no ")
                    + clause.getString("filter")
                    + " "
                    + clause.getValue("wanted")
                    + " "
                    + clause.getValue("value")
                    + ": "
                    + clause.getString("reason"))
        .toList();
  }
}
