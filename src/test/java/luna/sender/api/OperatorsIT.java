package luna.sender.api;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the operators' API: who is connected, and closing connections. */
final class OperatorsIT {
  private final Path file = OperatorTokensFile.create();

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_ADMIN__TOKENS_FILE=" + file, "LUNA_SENDER_ADMIN__RELOAD_INTERVAL=0.05");

  private final String account = Service.account();
  private final List<TestSocket> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(TestSocket::close);
  }

  @Test
  void clientIsListedWithWhatItAskedForAndWhatItGot() {
    Instant before = Instant.now().minusMillis(1);
    TestSocket client = client(account, "gender=1&slow=latest");
    service.redis().publish(account, payload(gender("one", 1), gender("two", 0)));
    assertThat(client.nextEventId()).isEqualTo("one");
    until("the delivery is counted", () -> listed("").getLong("delivered") == 1);
    JsonObject listed = listed("");
    assertThat(listed.getString("account_id")).isEqualTo(account);
    assertThat(listed.getString("address")).isEqualTo("127.0.0.1");
    assertThat(listed.getString("filter")).isEqualTo("gender=1&slow=latest");
    assertThat(listed.getString("slow")).isEqualTo("latest");
    assertThat(listed.getString("transport")).isEqualTo("websocket");
    assertThat(listed.getString("request_id")).isEqualTo(client.headers().get("Luna-Request-Id"));
    assertThat(Instant.parse(listed.getString("since"))).isBetween(before, Instant.now());
    assertThat(listed.getLong("dropped")).isZero();
    assertThat(listed.getLong("queued_bytes")).isZero();
    assertThat(listed.getBoolean("replays")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "slow=latest, 1",
    "slow=close, 1",
    "slow=drop_oldest, 0",
    "address=127.0.0.1, 2",
    "address=127.0.0.2, 0",
    "dropped__gte=0, 2",
    "dropped__gte=1, 0",
    "queued_bytes__gte=1, 0",
    "slow=latest&address=127.0.0.1, 1",
    "account_id=8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a, 0",
  })
  void conditionsSelectClients(String query, int expected) {
    client(account, "slow=latest");
    client(account, "");
    assertThat(list(query)).hasSize(expected);
  }

  @Test
  void accountSelectsItsClientsInAnyCase() {
    client(account, "");
    client(Service.account(), "");
    assertThat(list("account_id=" + account)).hasSize(1);
    assertThat(list("account_id=" + account.toUpperCase(Locale.ROOT))).hasSize(1);
  }

  @Test
  void clientThatDoesNotReadIsFoundByItsQueue() {
    TestSocket stalled = client(account, "slow=drop_oldest");
    client(account, "slow=latest");
    stalled.pause();
    until(
        "bytes are queued",
        () -> {
          service
              .redis()
              .publish(account, payload(with(event("big"), "note", "x".repeat(200_000))));
          return list("slow=drop_oldest&queued_bytes__gte=100000").size() == 1;
        });
    until("the lag grows", () -> listed("slow=drop_oldest").getDouble("lag") > 0);
    assertThat(listed("slow=drop_oldest").getInteger("queued_events")).isPositive();
    stalled.resume();
  }

  @Test
  void pagesTogetherHaveEachClientOnceInTheOrderOfConnecting() {
    IntStream.range(0, 25).forEach(i -> client(account, ""));
    Set<String> ids = new HashSet<>();
    List<Long> numbers = new ArrayList<>();
    int pages = 0;
    String next = "";
    while (pages == 0 || !next.isEmpty()) {
      JsonObject page =
          json(get("/connections?limit=10" + (next.isEmpty() ? "" : "&after=" + next)));
      page.getJsonArray("connections")
          .forEach(
              each -> {
                ids.add(((JsonObject) each).getString("id"));
                String id = ((JsonObject) each).getString("id");
                numbers.add(Long.parseLong(id.substring(id.indexOf('-') + 1)));
              });
      next = page.getString("next", "");
      pages++;
    }
    assertThat(pages).isEqualTo(3);
    assertThat(ids).hasSize(25);
    assertThat(numbers).hasSize(25).isSorted();
  }

  @Test
  void closedClientGets4403AndLeavesTheList() {
    TestSocket client = client(account, "");
    client(account, "");
    String id = list("").getJsonObject(0).getString("id");
    assertThat(json(delete("/connections/" + id))).isEqualTo(new JsonObject().put("closed", 1));
    assertThat(client.closeCode()).isEqualTo(4403);
    until("it has left", () -> list("").size() == 1);
    assertThat(delete("/connections/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void closedClientGetsWhatIsQueuedForIt() {
    TestSocket client = client(account, "");
    client.pause();
    int published = 0;
    while (listed("").getLong("queued_bytes") == 0) {
      service
          .redis()
          .publish(account, payload(with(event("e" + published++), "note", "x".repeat(100_000))));
      int expected = published;
      until(
          "it is counted",
          () -> listed("").getLong("delivered") + listed("").getLong("queued_events") == expected);
    }
    String id = listed("").getString("id");
    assertThat(json(delete("/connections/" + id)).getInteger("closed")).isEqualTo(1);
    client.resume();
    for (int i = 0; i < published; i++) {
      assertThat(client.nextEventId()).isEqualTo("e" + i);
    }
    assertThat(client.closeCode()).isEqualTo(4403);
  }

  @Test
  void closedStreamOfServerSentEventsIsToldWhy() {
    try (TestEventStream stream = TestEventStream.open(service.port(), account, "")) {
      until("it is listed", () -> list("").size() == 1);
      assertThat(listed("").getString("transport")).isEqualTo("sse");
      delete("/connections/" + listed("").getString("id"));
      TestEventStream.Message last = stream.message();
      assertThat(last.name()).isEqualTo("close");
      assertThat(last.json().getInteger("code")).isEqualTo(4403);
      assertThat(stream.next()).isNull();
    }
  }

  @Test
  void closingAnAccountClosesAllItsClientsAndNoOthers() {
    List<TestSocket> clients = IntStream.range(0, 8).mapToObj(i -> client(account, "")).toList();
    TestSocket other = client(Service.account(), "");
    assertThat(json(delete("/accounts/" + account + "/connections")).getInteger("closed"))
        .isEqualTo(8);
    clients.forEach(each -> assertThat(each.closeCode()).isEqualTo(4403));
    assertThat(other.isClosed()).isFalse();
    assertThat(json(delete("/accounts/" + Service.account() + "/connections")).getInteger("closed"))
        .isZero();
  }

  @Test
  void idOfAnotherNodeClosesNothing() {
    client(account, "");
    String id = listed("").getString("id");
    String other = (id.startsWith("0") ? "1" : "0") + id.substring(1);
    assertThat(delete("/connections/" + other).statusCode()).isEqualTo(404);
    assertThat(list("")).hasSize(1);
  }

  @Test
  void accountsAreListedWithTheirCounts() {
    client(account, "gender=1");
    TestSocket second = client(account, "");
    client(Service.account(), "");
    service.redis().publish(account, payload(gender("one", 0)));
    second.nextEventId();
    until("the delivery is counted", () -> ofAccount().getLong("delivered") == 1);
    JsonObject counts = ofAccount();
    assertThat(counts.getInteger("connections")).isEqualTo(2);
    assertThat(counts.getLong("events")).isEqualTo(1);
    assertThat(counts.getLong("matched")).isEqualTo(1);
    assertThat(counts.getLong("dropped")).isZero();
    assertThat(counts.getLong("filter_bytes")).isPositive();
    assertThat(counts.getLong("gaps")).isZero();
    assertThat(counts.getDouble("events_per_second")).isBetween(0.0, 1.0);
    JsonObject first = json(get("/accounts?limit=1"));
    JsonObject rest = json(get("/accounts?after=" + first.getString("next")));
    assertThat(first.getJsonArray("accounts")).hasSize(1);
    assertThat(rest.getJsonArray("accounts")).hasSize(1);
    assertThat(rest.containsKey("next")).isFalse();
  }

  @Test
  void operatorWithoutTheScopeMayNotClose() {
    TestSocket client = client(account, "");
    String id = listed("").getString("id");
    for (String path : List.of("/connections/" + id, "/accounts/" + account + "/connections")) {
      HttpResponse<String> refusal =
          service.send("DELETE", path, "Authorization", bearer(OperatorTokensFile.READ_TOKEN));
      assertThat(refusal.statusCode()).isEqualTo(403);
      assertThat(refusal.headers().firstValue("WWW-Authenticate").orElse(""))
          .contains("insufficient_scope");
    }
    assertThat(client.isClosed()).isFalse();
    assertThat(
            service
                .get("/connections", "Authorization", bearer(OperatorTokensFile.READ_TOKEN))
                .statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /connections",
    "GET, /accounts",
    "DELETE, /connections/00000000-1",
    "DELETE, /accounts/8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a/connections",
    "GET, /connections?limit=0",
    "HEAD, /connections",
    "HEAD, /accounts",
    "GET, /log",
    "HEAD, /log",
  })
  void requestWithoutAnOperatorsTokenLearnsNothing(String method, String path) {
    assertThat(service.send(method, path).statusCode()).isEqualTo(401);
    assertThat(service.send(method, path, "Authorization", bearer("x".repeat(40))).statusCode())
        .isEqualTo(401);
    assertThat(
            service
                .send(
                    method,
                    path,
                    "Authorization",
                    bearer(OperatorTokensFile.CLOSE_TOKEN),
                    "Origin",
                    "https://elsewhere.example")
                .statusCode())
        .isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource({
    "/connections?limit=0",
    "/connections?limit=1001",
    "/connections?after=1",
    "/connections?after=5F0C3A91-1",
    "/connections?after=00000000-1",
    "/connections?after=00000000-1%0A",
    "/connections?slow=never",
    "/connections?queued_bytes__gte=-1",
    "/connections?account_id=42",
    "/accounts?after=42",
  })
  void badParameterIsNamed(String path) {
    HttpResponse<String> refusal = get(path);
    assertThat(refusal.statusCode()).isEqualTo(400);
    String name = path.substring(path.indexOf('?') + 1, path.indexOf('='));
    assertThat(json(refusal).getString("detail")).contains(name + ":");
  }

  @ParameterizedTest
  @CsvSource({
    "/connections/",
    "/connections/a/b",
    "/connections/..",
    "/connections/%2e",
    "/accounts//connections",
    "/accounts/8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
  })
  void otherPathsDoNotExist(String path) {
    assertThat(delete(path).statusCode()).isEqualTo(404);
  }

  @Test
  void withoutTheFileThePathsDoNotExist() {
    try (StartedSender sender = StartedSender.start(service.redis(), Map.of())) {
      for (String path :
          List.of(
              "/connections",
              "/accounts",
              "/log",
              "/connections/00000000-1",
              "/accounts/" + account + "/connections")) {
        for (String method : List.of("GET", "DELETE", "OPTIONS")) {
          assertThat(RawHttp.exchange(sender.port(), RawHttp.request(method, path)).status())
              .as(method + " " + path)
              .isEqualTo(404);
        }
      }
    }
  }

  @Test
  void changedFileIsUsedAndAnInvalidOneIsNot() throws IOException {
    service.expectWarning("New files are invalid");
    String renewed = "renewed-".repeat(5);
    Files.writeString(file, "bob read " + renewed);
    until("the new token is accepted", () -> status(renewed) == 200);
    assertThat(status(OperatorTokensFile.READ_TOKEN)).isEqualTo(401);
    Files.writeString(file, "bob read short");
    service.awaitWarning("New files are invalid", "line 1", "token");
    assertThat(status(renewed)).isEqualTo(200);
    Files.writeString(file, "# nobody");
    until("nobody is accepted", () -> status(renewed) == 401);
  }

  @Test
  void manyClientsAreListedAndClosedWhileEventsAreDelivered() {
    String many = Service.account();
    List<TestSocket> clients = new ArrayList<>();
    for (int i = 0; i < 700; i++) {
      clients.add(TestSocket.open(service.port(), many, ""));
    }
    TestSocket other = client(account, "");
    assertThat(list("account_id=" + many + "&limit=1000")).hasSize(700);
    assertThat(json(delete("/accounts/" + many + "/connections")).getInteger("closed"))
        .isEqualTo(700);
    service.redis().publish(account, payload(event("one")));
    assertThat(other.nextEventId()).isEqualTo("one");
    clients.forEach(each -> assertThat(each.closeCode()).isEqualTo(4403));
    assertThat(list("")).hasSize(1);
  }

  @Test
  void addressMayBeSpelledInAnyWay() {
    client(account, "");
    assertThat(list("address=::ffff:127.0.0.1")).hasSize(1);
  }

  @Test
  void longFilterIsCut() {
    client(account, "gender=1&note=" + "x".repeat(1000));
    assertThat(listed("").getString("filter")).hasSize(512).startsWith("gender=1&note=xxx");
  }

  private static JsonObject gender(String id, int gender) {
    return with(event(id), "face_attributes.basic_attributes.gender", gender);
  }

  private int status(String token) {
    return service.get("/connections", "Authorization", bearer(token)).statusCode();
  }

  private TestSocket client(String ofAccount, String query) {
    TestSocket client = service.open(ofAccount, query);
    open.add(client);
    return client;
  }

  private JsonObject listed(String query) {
    JsonArray found = list(query);
    assertThat(found).hasSize(1);
    return found.getJsonObject(0);
  }

  private JsonArray list(String query) {
    return json(get("/connections?" + query)).getJsonArray("connections");
  }

  private JsonObject ofAccount() {
    return json(get("/accounts")).getJsonArray("accounts").stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getString("account_id").equals(account))
        .findFirst()
        .orElseThrow();
  }

  private HttpResponse<String> get(String path) {
    return service.get(path, "Authorization", bearer(OperatorTokensFile.READ_TOKEN));
  }

  private HttpResponse<String> delete(String path) {
    return service.send("DELETE", path, "Authorization", bearer(OperatorTokensFile.CLOSE_TOKEN));
  }

  private static JsonObject json(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  private static String bearer(String token) {
    return "Bearer " + token;
  }
}
