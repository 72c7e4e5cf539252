package luna.sender.api;

import static java.util.Objects.requireNonNull;
import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.post;
import static luna.sender.testing.RawHttp.request;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.Operation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestEvents;
import luna.sender.testing.TestIssuer;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Provokes every response that {@code openapi.yaml} documents, and checks it. A newly documented
 * response without a case fails {@link #everyDocumentedResponseHasACase}.
 */
final class ContractIT {
  private static final String ID = "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String ID_LINE = "Luna-Request-Id: " + ID;
  private static final String ACCOUNT_LINE =
      "Luna-Account-Id: 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String GENDER = "face_attributes.basic_attributes.gender";
  private static final Map<String, String> HISTORY =
      Map.of("LUNA_SENDER_HISTORY__MODE", "redis", "LUNA_SENDER_HISTORY__RECORD", "0");
  private static final String LARGE = "x".repeat(33_000);

  private static final Path OPERATORS = OperatorTokensFile.create();
  private static final String OPERATOR = "Authorization: Bearer " + OperatorTokensFile.CLOSE_TOKEN;
  private static final String READER = "Authorization: Bearer " + OperatorTokensFile.READ_TOKEN;
  private static final String NO_CONNECTION = "/connections/5f0c3a91-1204";

  private static final String PUBLISH = "LUNA_SENDER_HTTP_SETTINGS__CONSOLE_PUBLISH";

  @RegisterExtension
  final Service service =
      Service.shared("LUNA_SENDER_ADMIN__TOKENS_FILE=" + OPERATORS, PUBLISH + "=1");

  private final ContractCheck check = new ContractCheck();
  private final FaultyServer faulty = new FaultyServer(check);
  private final GuardedSender guarded = new GuardedSender();
  private final String[] handshake = handshake(Service.account(), ID_LINE);

  @AfterEach
  void close() {
    guarded.close();
    faulty.close();
    check.close();
  }

  @BeforeEach
  void expectTheWarningOfTheStuckServer() {
    service.expectWarning("Event loop has stalled");
  }

  @Test
  void everyDocumentedResponseHasACase() {
    assertThat(cases().keySet()).containsExactlyInAnyOrderElementsOf(check.documented());
  }

  @TestFactory
  Stream<DynamicTest> everyCaseGetsItsDocumentedResponse() {
    return cases().entrySet().stream()
        .map(
            each ->
                dynamicTest(
                    each.getKey(),
                    () -> {
                      String operation = each.getKey().split(" ", 2)[0];
                      Answer answer = each.getValue().get();
                      assertThat(check.check(operation, answer)).isEqualTo(each.getKey());
                      if (answer.status() != 414) {
                        // The only response that is sent before any header is read.
                        assertThat(answer.header("Luna-Request-Id")).isEqualTo(ID);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyErrorExampleIsReturnedByTheService() {
    Map<String, Supplier<Answer>> provoked = errors();
    Map<String, String> documented = check.errorExamples();
    assertThat(provoked.keySet()).containsExactlyInAnyOrderElementsOf(documented.keySet());
    return provoked.entrySet().stream()
        .map(
            each ->
                dynamicTest(
                    each.getKey(),
                    () ->
                        assertThat(new JsonObject(anyTime(each.getValue().get().text())))
                            .isEqualTo(
                                new JsonObject(
                                    anyTime(requireNonNull(documented.get(each.getKey())))))));
  }

  /** Removes how long a loop has stalled, which depends on the machine. */
  private static String anyTime(String text) {
    return text.replaceAll("for [0-9]+ s", "for a time");
  }

  @Test
  void everyTextFrameHasADocumentedSchema() {
    String account = Service.account();
    try (TestSocket client = service.open(account, "gaps=1&stats=1&gender=1")) {
      assertThat(check.frame(client.nextText())).isEqualTo("StatsMessage");
      service
          .redis()
          .publish(account, TestEvents.payload(TestEvents.with(TestEvents.event(), GENDER, 1)));
      assertThat(check.frame(client.nextText())).isEqualTo("EventMessage");
      String numbers = "{\"handler_id\":7,\"event_end_time\":1.50,\"events\":[%s]}";
      JsonObject event = TestEvents.with(TestEvents.event(), GENDER, 1);
      service.redis().publish(account, numbers.formatted(event.encode()));
      String text = client.nextText();
      while (check.frame(text).equals("StatsMessage")) {
        text = client.nextText();
      }
      assertThat(check.frame(text)).isEqualTo("EventMessage");
      assertThat(new JsonObject(text).getString("event-end-time")).isEqualTo("1.50");
    }
    assertThat(check.frame("{\"gap\":{}}")).isEqualTo("none");
    assertThat(check.frame("{}")).isEqualTo("none");
  }

  /** Returns all cases; those that make the node unhealthy are last. */
  private Map<String, Supplier<Answer>> cases() {
    Map<String, Supplier<Answer>> cases = new LinkedHashMap<>();
    for (Operation operation : check.contract().openApi().operations()) {
      everyOperation(cases, operation);
    }
    cases.put("ws 101", () -> ask(get("/2/ws?gender=1", handshake)));
    cases.put("ws 401 application/json", () -> askGuarded(get("/2/ws", handshake)));
    cases.put(
        "ws 403 application/json",
        () -> askGuarded(get("/2/ws", with(handshake, bearer(TestToken.of(Service.account()))))));
    cases.put("ws 404 application/json", () -> ask(get("/3/ws", handshake)));
    cases.put("events 200 application/json", () -> askHistory(get("/2/events", eventLines())));
    cases.put("events 200 text/event-stream", this::askStream);
    cases.put("events 401 application/json", () -> askGuarded(get("/2/events", eventLines())));
    cases.put(
        "events 403 application/json",
        () ->
            askGuarded(
                get("/2/events", with(eventLines(), bearer(TestToken.of(Service.account()))))));
    cases.put("events 404 application/json", () -> ask(get("/3/events", eventLines())));
    cases.put(
        "events 415 application/json",
        () -> ask(get("/2/events", with(eventLines(), "Accept: text/html"))));
    cases.put(
        "events 429 application/json",
        () -> askTwice("HANDSHAKES_BURST", get("/2/events", eventLines())));
    for (String id : List.of("explain", "publish")) {
      String path = "/2/" + id;
      cases.put(id + " 200 application/json", () -> ask(posting(path, eventLines())));
      cases.put(id + " 401 application/json", () -> askGuarded(posting(path, ID_LINE)));
      cases.put(
          id + " 403 application/json",
          () ->
              askGuarded(
                  posting(path, with(eventLines(), bearer(TestToken.of(Service.account()))))));
      cases.put(id + " 404 application/json", () -> ask(posting("/3/" + id, eventLines())));
      cases.put(id + " 408 application/json", () -> askWithoutBody(path));
      cases.put(id + " 413 application/json", () -> ask(tooLarge(path)));
      cases.put(
          id + " 415 application/json", () -> ask(request("POST", path, ID_LINE, ACCOUNT_LINE)));
      cases.put(
          id + " 429 application/json",
          () -> askTwice("HANDSHAKES_BURST", posting(path, eventLines())));
    }
    cases.put("explain 503 application/json", this::askWithoutKeys);
    cases.put("spec 200 application/x-yaml", () -> ask(get("/docs/spec", ID_LINE, "Accept: */*")));
    cases.put("spec 200 text/html", () -> ask(get("/docs/spec", ID_LINE, "Accept: text/html")));
    cases.put(
        "spec 415 application/json", () -> ask(get("/docs/spec", ID_LINE, "Accept: image/png")));
    cases.put(
        "asyncApi 200 application/x-yaml",
        () -> ask(get("/docs/asyncapi", ID_LINE, "Accept: */*")));
    cases.put(
        "asyncApi 415 application/json",
        () -> ask(get("/docs/asyncapi", ID_LINE, "Accept: text/html")));
    cases.put("console 200 text/html", () -> ask(get("/", ID_LINE)));
    cases.put("console 404 application/json", () -> askWithoutConsole(get("/", ID_LINE)));
    cases.put("devManual 302", () -> ask(get("/docs/dev", ID_LINE)));
    cases.put("version 200 application/json", () -> ask(get("/version", ID_LINE)));
    cases.put("config 200 application/json", () -> ask(get("/config", ID_LINE)));
    cases.put("config 200 text/plain", () -> ask(get("/config", ID_LINE, "Accept: text/plain")));
    cases.put(
        "config 415 application/json", () -> ask(get("/config", ID_LINE, "Accept: text/html")));
    cases.put("healthcheck 200 application/json", () -> ask(get("/healthcheck", ID_LINE)));
    cases.put("livez 200 application/json", () -> ask(get("/livez", ID_LINE)));
    addOperatorCases(cases);
    cases.put("ws 429 application/json", () -> askAgain("CONNECTIONS_PER_ACCOUNT", handshake));
    cases.put("livez 503 application/json", () -> StuckServer.ask(get("/livez", ID_LINE)));
    cases.put("readyz 200 application/json", () -> ask(get("/readyz", ID_LINE)));
    cases.put("readyz 503 application/json", () -> askWithoutRedis("/readyz", ID_LINE));
    cases.put("healthcheck 502 application/json", () -> askWithoutRedis("/healthcheck", ID_LINE));
    cases.put("ws 503 application/json", () -> askWithoutRedis("/2/ws", handshake));
    cases.put("publish 503 application/json", this::publishWithoutRedis);
    cases.put("events 503 application/json", this::askHistoryWithoutRedis);
    return cases;
  }

  private void everyOperation(Map<String, Supplier<Answer>> cases, Operation operation) {
    String id = operation.getOperationId();
    String path = path(operation);
    String[] lines =
        switch (id) {
          case "ws" -> handshake;
          case "events", "explain", "publish" -> eventLines();
          case "spec" -> new String[] {ID_LINE, "Accept: text/html"};
          case "asyncApi" -> new String[] {ID_LINE, "Accept: application/x-yaml"};
          default ->
              isForOperators(operation) ? new String[] {ID_LINE, OPERATOR} : new String[] {ID_LINE};
        };
    String method = operation.getHttpMethod().name();
    boolean posted = method.equals("POST");
    BiFunction<String, String[], String> asked =
        posted ? ContractIT::posting : (target, given) -> request(method, target, given);
    cases.put(id + " 400 application/json", () -> ask(asked.apply(path, with(lines, ID_LINE))));
    cases.put(
        id + " 405 application/json",
        () -> ask(request(posted ? "GET" : "POST", path, with(lines, "Content-Length: 0"))));
    cases.put(id + " 414 application/json", () -> ask(asked.apply(path + "?x=" + LARGE, lines)));
    cases.put(
        id + " 431 application/json",
        () -> ask(asked.apply(path, with(lines, "X-Between: 1", "X-Large: " + LARGE))));
    cases.put(
        id + " 500 application/json",
        () -> {
          service.expectWarning("Internal error while handling " + method + " " + path);
          return RawHttp.exchange(faulty.port(), asked.apply(path, lines));
        });
  }

  private static String path(Operation operation) {
    return operation
        .getAbsoluteOpenAPIPath()
        .replace("{api}", "2")
        .replace("/connections/{id}", NO_CONNECTION)
        .replace("{id}", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a");
  }

  private static boolean isForOperators(Operation operation) {
    return operation.getTags().contains("Operators");
  }

  /** Adds the responses that only operators get. */
  private void addOperatorCases(Map<String, Supplier<Answer>> cases) {
    for (Operation operation : check.contract().openApi().operations()) {
      if (!isForOperators(operation)) {
        continue;
      }
      String id = operation.getOperationId();
      String method = operation.getHttpMethod().name();
      String path = path(operation);
      boolean reads = method.equals("GET");
      cases.put(
          id + " 200 application/json",
          () ->
              ask(
                  request(
                      method,
                      id.equals("closeConnection") ? connected() : path,
                      ID_LINE,
                      OPERATOR)));
      cases.put(id + " 401 application/json", () -> ask(request(method, path, ID_LINE)));
      cases.put(
          id + " 403 application/json",
          () ->
              ask(
                  request(
                      method,
                      path,
                      ID_LINE,
                      READER,
                      reads ? "Origin: https://elsewhere.example" : "X-Nothing: at all")));
      cases.put(
          id + " 404 application/json",
          () -> askWithoutConsole(request(method, path, ID_LINE, OPERATOR)));
      cases.put(
          id + " 429 application/json",
          () -> askTwice("HANDSHAKES_BURST", request(method, path, ID_LINE)));
      if (!id.equals("log")) {
        // It needs no other event loop.
        cases.put(
            id + " 503 application/json",
            () -> StuckServer.ask(request(method, path, ID_LINE, OPERATOR)));
      }
    }
  }

  /** Connects a client and returns the path of its connection. */
  private String connected() {
    service.open(Service.account(), "");
    JsonObject page = new JsonObject(ask(get("/connections", OPERATOR)).text());
    return "/connections/" + page.getJsonArray("connections").getJsonObject(0).getString("id");
  }

  private Map<String, Supplier<Answer>> errors() {
    String[] noAccount = handshake("", ID_LINE);
    noAccount[4] = "X-Nothing: at all";
    Map<String, Supplier<Answer>> errors = new LinkedHashMap<>();
    errors.put("badParameter", () -> ask(get("/connections?limit=0", OPERATOR)));
    errors.put("nodeBusy", () -> StuckServer.ask(get("/connections", OPERATOR)));
    errors.put("scopeMissing", () -> ask(request("DELETE", NO_CONNECTION, READER)));
    errors.put("connectionNotFound", () -> ask(request("DELETE", NO_CONNECTION, OPERATOR)));
    errors.put("badFilter", () -> ask(get("/2/ws?age__gte=-1", handshake)));
    errors.put("filterGivenTwice", () -> ask(get("/2/ws?gender=1&gender=1", handshake)));
    errors.put("strictFilter", () -> ask(get("/2/ws?strict=1&source=cam1", handshake)));
    errors.put("missingAccount", () -> ask(get("/2/ws", noAccount)));
    errors.put("badAccount", () -> ask(get("/2/ws", handshake("42"))));
    errors.put("missingToken", () -> askGuarded(get("/2/ws", handshake)));
    errors.put(
        "badToken",
        () -> {
          TestToken expired = TestToken.of(Service.account()).claim("exp", TestToken.seconds(-99));
          return askGuarded(get("/2/ws", with(handshake, bearer(expired))));
        });
    errors.put(
        "forbiddenAccount",
        () -> {
          String other = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
          return askGuarded(
              get("/2/ws", handshake(other, bearer(TestToken.of(Service.account())))));
        });
    errors.put(
        "forbiddenOrigin",
        () -> ask(get("/2/ws", with(handshake, "Origin: https://elsewhere.example"))));
    errors.put(
        "twoAccounts",
        () ->
            ask(
                get(
                    "/2/ws?account_id=904e635f-3a47-4832-b4d6-d2d72ba78451",
                    handshake("8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"))));
    errors.put("notWebSocket", () -> ask(get("/2/ws", "Luna-Account-Id: " + Service.account())));
    errors.put(
        "historyOff", () -> ask(get("/2/ws?after=18c3a2b4f00112-42-1732896000000-0", handshake)));
    errors.put("historyRequired", () -> ask(get("/2/events", eventLines())));
    errors.put("badBody", () -> ask(post("/2/explain", "[]", ACCOUNT_LINE)));
    errors.put(
        "badPayload",
        () -> ask(post("/2/publish", "{\"events\": [{\"tags\": \"tag1\"}]}", ACCOUNT_LINE)));
    errors.put("bodyTimeout", () -> askWithoutBody("/2/explain"));
    errors.put("bodyTooLarge", () -> ask(tooLarge("/2/explain")));
    errors.put(
        "eventNotKept",
        () ->
            ask(
                post(
                    "/2/explain",
                    """
                    {"filter": "", "event_id": "3d2f6a0e-6f4a-4a43-8d5a-1f2a7f3b9c11"}""",
                    ACCOUNT_LINE)));
    errors.put("keysUnavailable", this::askWithoutKeys);
    errors.put("missingAccept", () -> ask(get("/docs/spec")));
    errors.put("badHeader", () -> ask(get("/version", ID_LINE, ID_LINE)));
    errors.put("notFound", () -> ask(get("/3/ws", handshake)));
    errors.put("methodNotAllowed", () -> ask(request("DELETE", "/version")));
    errors.put("uriTooLong", () -> ask(get("/version?x=" + LARGE)));
    errors.put("unsupportedMediaType", () -> ask(get("/docs/spec", "Accept: image/png")));
    errors.put("headersTooLarge", () -> ask(get("/version", "X-Large: " + LARGE)));
    errors.put(
        "internalError",
        () -> {
          service.expectWarning("Internal error while handling GET /version");
          return RawHttp.exchange(faulty.port(), get("/version"));
        });
    errors.put("nodeFull", () -> askAgain("CONNECTIONS", handshake));
    errors.put("accountFull", () -> askAgain("CONNECTIONS_PER_ACCOUNT", handshake));
    errors.put("addressFull", () -> askAgain("CONNECTIONS_PER_ADDRESS", handshake));
    errors.put("tooFast", () -> askAgain("HANDSHAKES_BURST", handshake));
    errors.put("notAlive", () -> StuckServer.ask(get("/livez")));
    errors.put("notReady", () -> askWithoutRedis("/readyz"));
    errors.put("unhealthy", () -> askWithoutRedis("/healthcheck"));
    errors.put("historyUnavailable", this::askHistoryWithoutRedis);
    errors.put("publishFailed", this::publishWithoutRedis);
    errors.put("redisUnavailable", () -> askWithoutRedis("/2/ws", handshake));
    return errors;
  }

  /** Returns a request with a valid body. */
  private static String posting(String target, String... lines) {
    String body =
        target.contains("/publish")
            ? "{\"events\": [{}]}"
            : "{\"filter\": \"gender=1\", \"event\": {}}";
    return post(target, body, lines);
  }

  /** The body is not sent; its announced length is enough. */
  private static String tooLarge(String path) {
    return request(
        "POST",
        path,
        ID_LINE,
        ACCOUNT_LINE,
        "Content-Type: application/json",
        "Content-Length: 2000000");
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }

  private Answer askGuarded(String request) {
    return RawHttp.exchange(guarded.port(service.redis().port()), request);
  }

  private static String bearer(TestToken token) {
    return "Authorization: Bearer " + token.hs256(GuardedSender.SECRET);
  }

  /** Returns the second of two handshakes, where only one is allowed. */
  private Answer askAgain(String limit, String... lines) {
    return askTwice(limit, get("/2/ws", lines));
  }

  private Answer askTwice(String limit, String request) {
    service.expectWarning("Limit exceeded");
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(service.redis().port()));
    environment.put("LUNA_SENDER_LIMITS__" + limit, "1");
    environment.put("LUNA_SENDER_ADMIN__TOKENS_FILE", OPERATORS.toString());
    environment.put(PUBLISH, "1");
    environment.putAll(HISTORY);
    if (limit.equals("HANDSHAKES_BURST")) {
      environment.put("LUNA_SENDER_LIMITS__HANDSHAKES_PER_SECOND", "1");
    }
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
    try (RawHttp one = RawHttp.connect(sender.port())) {
      assertThat(one.send(request).answer().status()).isIn(101, 200, 401);
      return RawHttp.exchange(sender.port(), request);
    } finally {
      await(sender.stop());
    }
  }

  private static String[] eventLines() {
    return new String[] {ID_LINE, ACCOUNT_LINE};
  }

  private Answer askStream() {
    try (RawHttp stream = RawHttp.connect(service.port())) {
      stream.send(get("/2/events", with(eventLines(), "Accept: text/event-stream")));
      Answer head = stream.head();
      return new Answer(
          head.status(), head.headers(), stream.bodyLine().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Asks a service with history, on the same Redis. */
  private Answer askHistory(String request) {
    try (StartedSender sender = StartedSender.start(service.redis(), HISTORY)) {
      until("Redis is connected", () -> sender.bridgesReady() == 1);
      return RawHttp.exchange(sender.port(), request);
    }
  }

  private Answer askHistoryWithoutRedis() {
    service.expectWarning("Redis");
    service.redis().kill();
    try (StartedSender sender = StartedSender.start(service.redis(), HISTORY)) {
      return RawHttp.exchange(sender.port(), get("/2/events", eventLines()));
    }
  }

  private Answer askWithoutConsole(String request) {
    Map<String, String> environment =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
            "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
            "LUNA_SENDER_HTTP_SETTINGS__CONSOLE", "0",
            "REDIS_DB_ADDRESS__PORT", Integer.toString(service.redis().port()));
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
    try {
      return RawHttp.exchange(sender.port(), request);
    } finally {
      await(sender.stop());
    }
  }

  private Answer askWithoutBody(String path) {
    Map<String, String> environment =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__HOST",
            "127.0.0.1",
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            "0",
            "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT",
            "1",
            PUBLISH,
            "1",
            "REDIS_DB_ADDRESS__PORT",
            Integer.toString(service.redis().port()));
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    try {
      return RawHttp.exchange(
          sender.port(),
          request(
              "POST",
              path,
              ID_LINE,
              ACCOUNT_LINE,
              "Content-Type: application/json",
              "Content-Length: 10"));
    } finally {
      await(sender.stop());
    }
  }

  private Answer askWithoutRedis(String target, String... lines) {
    service.expectWarning("Redis");
    service.redis().kill();
    until("Redis is unavailable", () -> service.metric("luna_sender_redis_connected") < 1);
    return ask(get(target, lines));
  }

  private Answer publishWithoutRedis() {
    service.expectWarning("Redis");
    service.redis().kill();
    return ask(posting("/2/publish", eventLines()));
  }

  private Answer askWithoutKeys() {
    service.expectWarning("Token keys could not be fetched");
    try (TestIssuer issuer = new TestIssuer()) {
      issuer.answer(response -> response.setStatusCode(500).end());
      Map<String, String> environment = new HashMap<>();
      environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
      environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
      environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(service.redis().port()));
      environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
      environment.put("LUNA_SENDER_AUTH__ALGORITHMS", "RS256");
      environment.put("LUNA_SENDER_AUTH__JWKS_URL", issuer.url("http"));
      environment.put("LUNA_SENDER_AUTH__ISSUER", TestToken.ISSUER);
      environment.put("LUNA_SENDER_AUTH__AUDIENCE", TestToken.AUDIENCE);
      Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
      try {
        String any =
            "Authorization: Bearer " + TestToken.of(Service.account()).hs256("x".repeat(32));
        return RawHttp.exchange(sender.port(), posting("/2/explain", with(eventLines(), any)));
      } finally {
        await(sender.stop());
      }
    }
  }

  private static String[] with(String[] lines, String... more) {
    return Stream.concat(Stream.of(lines), Stream.of(more)).toArray(String[]::new);
  }
}
