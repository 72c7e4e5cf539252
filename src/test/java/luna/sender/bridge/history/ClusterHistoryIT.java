package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Position;
import luna.sender.metrics.Metrics;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.SlotMove;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests histories in a Cluster whose publishers call the script, with both kinds of Pub/Sub. */
@TestInstance(Lifecycle.PER_CLASS)
final class ClusterHistoryIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private final TestCluster cluster = new TestCluster(0);
  private final Vertx vertx = Vertx.vertx();
  private final Map<Boolean, Sender> senders = new HashMap<>();
  private final Map<Boolean, ClusterPublisher> publishers = new HashMap<>();

  @BeforeAll
  void start() {
    for (boolean sharded : List.of(false, true)) {
      senders.put(sharded, await(Sender.start(config(sharded))));
      publishers.put(sharded, new ClusterPublisher(cluster, sharded));
    }
    senders
        .values()
        .forEach(each -> until("it is ready", () -> each.metrics().redis().bridges().ready() == 1));
  }

  @AfterAll
  void stop() {
    senders.values().forEach(sender -> await(sender.stop()));
    publishers.values().forEach(ClusterPublisher::close);
    await(vertx.close());
    cluster.close();
  }

  private Config config(boolean sharded) {
    return ConfigLoader.load(
        null,
        RecordingSender.environment(
            Map.of(
                "REDIS_DB_ADDRESS__CLUSTER__NODES",
                cluster.addresses(),
                "REDIS_DB_ADDRESS__CLUSTER__SHARDED",
                sharded ? "1" : "0",
                "LUNA_SENDER_HISTORY__RECORD",
                "0")));
  }

  private int port(boolean sharded) {
    return Objects.requireNonNull(senders.get(sharded)).port();
  }

  /** Returns an account of each master. */
  private List<String> accounts() {
    return cluster.masters().stream().map(this::accountOf).toList();
  }

  private String accountOf(TestRedis master) {
    return Stream.generate(Service::account)
        .filter(account -> cluster.masterOf(KEYS.stream(account)) == master)
        .findFirst()
        .orElseThrow();
  }

  private List<Position> append(boolean sharded, String account, int from, int to) {
    ClusterPublisher publisher = Objects.requireNonNull(publishers.get(sharded));
    List<Position> positions = new ArrayList<>();
    for (int i = from; i < to; i++) {
      positions.add(publisher.append(account, payload(event("event " + i))));
    }
    return positions;
  }

  private static List<String> names(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "event " + i).toList();
  }

  private static List<String> ids(TestSocket client, int count) {
    return Stream.generate(client::nextEventId).limit(count).toList();
  }

  private JsonObject page(boolean sharded, String account, String query) {
    return new JsonObject(
        RawHttp.exchange(
                port(sharded), RawHttp.get("/2/events?" + query, "Luna-Account-Id: " + account))
            .text());
  }

  private static List<String> ids(JsonObject page) {
    JsonArray events = page.getJsonArray("events");
    return IntStream.range(0, events.size())
        .mapToObj(i -> events.getJsonObject(i).getJsonObject("event").getString("event_id"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clientContinuesAnywhereAndGetsLiveEventsOfEachMaster(boolean sharded) {
    for (String account : accounts()) {
      Instant start = Instant.now().minus(Duration.ofMinutes(1));
      List<Position> positions = append(sharded, account, 0, 20);
      try (TestSocket after = TestSocket.open(port(sharded), account, "after=" + positions.get(4));
          TestSocket last = TestSocket.open(port(sharded), account, "last=2");
          TestSocket since = TestSocket.open(port(sharded), account, "since=" + start);
          TestEventStream stream =
              TestEventStream.open(
                  port(sharded), account, "", "Last-Event-ID: " + positions.get(17))) {
        assertThat(after.headers().get("Luna-Resume")).isEqualTo("complete");
        append(sharded, account, 20, 30);
        assertThat(ids(after, 25)).isEqualTo(names(5, 30));
        assertThat(ids(last, 12)).isEqualTo(names(18, 30));
        assertThat(ids(since, 30)).isEqualTo(names(0, 30));
        assertThat(stream.message().name()).isEqualTo("resume");
        assertThat(Stream.generate(stream::nextEventId).limit(12)).isEqualTo(names(18, 30));
      }
      assertThat(ids(page(sharded, account, "after=" + positions.get(9)))).isEqualTo(names(10, 30));
      assertThat(ids(page(sharded, account, "last=3"))).isEqualTo(names(27, 30));
    }
  }

  /** The slot moves to another master and back, in all steps, while events are appended. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsMissedOrDoubledWhileASlotMoves(boolean sharded) {
    TestRedis from = cluster.node(0);
    TestRedis to = cluster.node(1);
    String account = accountOf(from);
    append(sharded, account, 0, 1);
    try (TestSocket client = TestSocket.open(port(sharded), account, "last=1");
        TestSocket resumed = TestSocket.open(port(sharded), account, "last=1")) {
      int next = move(sharded, account, 1, from, to);
      next = move(sharded, account, next, to, from);
      assertThat(ids(client, next)).isEqualTo(names(0, next));
      assertThat(ids(resumed, next)).isEqualTo(names(0, next));
      assertThat(client.waiting() + resumed.waiting()).isZero();
      try (TestSocket again = TestSocket.open(port(sharded), account, "last=1000")) {
        assertThat(ids(again, next)).isEqualTo(names(0, next));
      }
    }
  }

  /** Returns the number of the next event. */
  private int move(boolean sharded, String account, int first, TestRedis from, TestRedis to) {
    SlotMove move = new SlotMove(cluster, KEYS.stream(account), from, to);
    append(sharded, account, first, first + 5);
    move.begin();
    append(sharded, account, first + 5, first + 10);
    move.moveKeys();
    // The script needs both keys; a client reads while they are at the new master.
    assertThat(ids(page(sharded, account, "last=1"))).isEqualTo(names(first + 9, first + 10));
    append(sharded, account, first + 10, first + 15);
    move.end();
    append(sharded, account, first + 15, first + 25);
    return first + 25;
  }

  /** Sharded channels are recorded only for the accounts of RECORD_ACCOUNTS. */
  @Test
  void accountThatNobodyRecordsIsExpired() {
    String account = Service.account();
    JsonObject first = page(true, account, "last=5");
    assertThat(first.getString("outcome")).isEqualTo("expired");
    String after = "after=" + first.getString("position");
    assertThat(page(true, account, after).getString("outcome")).isEqualTo("expired");
    for (String query : List.of(after, "since=" + Instant.now(), "last=1")) {
      try (TestSocket client = TestSocket.open(port(true), account, query)) {
        assertThat(client.headers().get("Luna-Resume")).as(query).isEqualTo("expired");
        assertThat(client.next().getJsonObject("gap").getValue("dropped")).isNull();
      }
    }
    assertThat(page(false, account, after).getString("outcome")).isEqualTo("complete");
    append(true, account, 0, 1);
    until("the page is no longer cached", () -> ids(page(true, account, after)).size() == 1);
    assertThat(page(true, account, after).getString("outcome")).isEqualTo("complete");
  }

  @Test
  void requestForAnAccountThatNobodyRecordsWaits() {
    String account = Service.account();
    String after = "after=" + page(true, account, "").getString("position");
    Future<JsonObject> waiting =
        vertx.executeBlocking(() -> page(true, account, after + "&wait=30"));
    TestRedis master = cluster.masterOf(KEYS.stream(account));
    until(
        "the request waits",
        () -> master.command("PUBSUB", "SHARDNUMSUB", KEYS.live(account)).get(1).toInteger() == 1);
    append(true, account, 0, 1);
    JsonObject page = await(waiting);
    assertThat(ids(page)).isEqualTo(names(0, 1));
    assertThat(page.getString("outcome")).isEqualTo("complete");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void deletedHistoryIsPartial(boolean sharded) {
    for (String account : accounts()) {
      HistoryAdmin admin = new HistoryAdmin(vertx, config(sharded).redis());
      Position first = append(sharded, account, 0, 5).get(0);
      assertThat(await(admin.show(account)).entries()).isEqualTo(5);
      assertThat(await(admin.delete(account))).isEqualTo(5);
      assertThat(await(admin.show(account)).entries()).isZero();
      append(sharded, account, 5, 6);
      try (TestSocket client = TestSocket.open(port(sharded), account, "after=" + first)) {
        assertThat(client.headers().get("Luna-Resume")).isEqualTo("partial");
        assertThat(client.next().getJsonObject("gap").getInteger("dropped")).isNull();
        assertThat(client.nextEventId()).isEqualTo("event 5");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void appenderOfTheCommandLineReachesTheMasterOfTheAccount(boolean sharded) {
    for (String account : accounts()) {
      Config config = config(sharded);
      HistoryAppender appender =
          new HistoryAppender(vertx, config.redis(), config.history(), account);
      await(appender.start());
      try (TestSocket client = TestSocket.open(port(sharded), account, "")) {
        await(appender.append(payload(event("a")).getBytes(UTF_8)));
        await(appender.append(payload(event("b")).getBytes(UTF_8)));
        assertThat(ids(client, 2)).containsExactly("a", "b");
      }
      await(appender.stop());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void storedSizesAreMeasuredAtAllMasters(boolean sharded) {
    Config config = config(sharded);
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    List<String> accounts = accounts();
    accounts.forEach(account -> append(sharded, account, 0, 3));
    String deployed =
        await(
            vertx.deployVerticle(
                new StorageSampler(config.redis(), metrics, Duration.ofMillis(50))));
    try {
      until(
          "all accounts are found",
          () -> metrics.storage().last().accounts() == streamsOfAllMasters());
    } finally {
      await(vertx.undeploy(deployed));
      metrics.close();
    }
  }

  private int streamsOfAllMasters() {
    return cluster.masters().stream()
        .mapToInt(master -> master.command("KEYS", "luna-sender.history:*").size())
        .sum();
  }
}
