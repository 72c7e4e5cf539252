package luna.sender.api;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import luna.sender.testing.LoopClock;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the lists of operators with {@value #CLIENTS} clients on one event loop. */
final class OperatorLoadIT {
  private static final int CLIENTS = 2000;
  private static final int AT_ONCE = 100;
  private static final int ACCOUNTS = 20;

  /** A garbage collection or a compilation may fall into one try, and hardly into all. */
  private static final int TRIES = 30;

  /** Of the event loop's CPU for a whole list, which it spends in several parts. */
  private static final Duration LIMIT = Duration.ofMillis(20);

  private static final List<String> IDS = new ArrayList<>();
  private static final List<TestSocket> OPEN = new ArrayList<>();

  private static TestRedis redis;
  private static PackagedSender sender;
  private static LoopClock clock;

  @BeforeAll
  static void start() throws Exception {
    redis = new TestRedis();
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "1");
    environment.put("LUNA_SENDER_ADMIN__TOKENS_FILE", OperatorTokensFile.create().toString());
    sender = PackagedSender.start(redis, environment);
    clock = LoopClock.of(sender.process());
    for (int i = 0; i < ACCOUNTS; i++) {
      IDS.add(Service.account());
    }
    while (OPEN.size() < CLIENTS) {
      List<Future<TestSocket>> opening = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        String account = IDS.get((OPEN.size() + i) % ACCOUNTS);
        opening.add(TestSocket.opening(sender.port(), account, "sources=" + "cam".repeat(80)));
      }
      opening.forEach(each -> OPEN.add(await(each)));
    }
  }

  @AfterAll
  static void stop() throws Exception {
    OPEN.forEach(TestSocket::close);
    clock.close();
    sender.close();
    redis.close();
  }

  @ParameterizedTest
  @CsvSource({"100, ''", "1, limit=1", "1000, limit=1000", "100, account_id=ACCOUNT"})
  void pageHasAsManyClientsAsItsLimit(int expected, String query) {
    JsonObject page = get("/connections?" + query.replace("ACCOUNT", IDS.get(3)));
    assertThat(page.getJsonArray("connections")).hasSize(expected);
    assertThat(page.containsKey("next")).isEqualTo(!query.startsWith("account_id"));
  }

  @Test
  void pagesTogetherHaveEachClientOnce() {
    Set<String> ids = new HashSet<>();
    int pages = 0;
    String after = "";
    while (after != null) {
      JsonObject page = get("/connections?limit=300" + after);
      page.getJsonArray("connections")
          .forEach(each -> ids.add(((JsonObject) each).getString("id")));
      after = page.containsKey("next") ? "&after=" + page.getString("next") : null;
      pages++;
    }
    assertThat(ids).hasSize(CLIENTS);
    assertThat(pages).isEqualTo(7);
  }

  @Test
  void accountsHaveAllClients() {
    JsonObject page = get("/accounts");
    assertThat(page.getJsonArray("accounts"))
        .hasSize(ACCOUNTS)
        .allMatch(each -> ((JsonObject) each).getInteger("connections") == CLIENTS / ACCOUNTS);
  }

  @ParameterizedTest
  @CsvSource({
    "/connections",
    "/connections?limit=1000",
    "/connections?limit=1000&cluster=1",
    "/connections?dropped__gte=1",
    "/accounts?limit=1000",
  })
  void listCostsTheEventLoopLittle(String path) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < TRIES && least > LIMIT.toNanos(); i++) {
      long before = clock.nanos();
      get(path);
      least = Math.min(least, clock.nanos() - before);
    }
    assertThat(Duration.ofNanos(least)).isLessThan(LIMIT);
  }

  @Test
  void eventsArriveInOrderWhileClientsAreListed() {
    String account = Service.account();
    try (TestSocket client = TestSocket.open(sender.port(), account, "")) {
      for (int i = 0; i < 20; i++) {
        redis.publish(account, payload(event("before" + i)));
        get("/connections?limit=1000");
        redis.publish(account, payload(event("after" + i)));
        assertThat(client.nextEventId()).isEqualTo("before" + i);
        assertThat(client.nextEventId()).isEqualTo("after" + i);
      }
    }
    until(
        "it has left",
        () -> get("/connections?account_id=" + account).getJsonArray("connections").isEmpty());
  }

  private static JsonObject get(String path) {
    RawHttp.Answer answer =
        RawHttp.exchange(
            sender.port(),
            RawHttp.get(path, "Authorization: Bearer " + OperatorTokensFile.READ_TOKEN));
    assertThat(answer.status()).as(path).isEqualTo(200);
    return new JsonObject(answer.text());
  }
}
