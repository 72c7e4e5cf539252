package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import luna.sender.testing.FaultyWire;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests authentication, rights, and the ways to find the Redis server. */
final class RedisAccessIT {
  private static final String RIGHTS = "&luna-sender:* +subscribe +unsubscribe +ping +select";

  private final String account = Service.account();

  /** These are all the rights that the service needs. */
  @Test
  void userWithTheLeastRightsIsSufficient() throws Exception {
    TestLog log = TestLog.listen();
    try (TestRedis redis = new TestRedis(user(RIGHTS))) {
      try (StartedSender sender = StartedSender.start(redis, asSender("0"))) {
        sender.openAndDeliver(redis, account, "an event").close();
        until(
            "the account is unsubscribed",
            () ->
                redis.command("PUBSUB", "NUMSUB", "luna-sender:" + account).get(1).toInteger()
                    == 0);
        assertThat(health(sender)).contains("execution_time");
        assertThat(log.lines("NOPERM")).isEmpty();
      }
    } finally {
      log.detach();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"&luna-sender:*", "+subscribe", "+unsubscribe", "+ping", "+select"})
  void eachOfTheLeastRightsIsRequired(String right) {
    TestLog log = TestLog.listen();
    try (TestRedis redis = new TestRedis(user(RIGHTS.replace(right, "")))) {
      try (StartedSender sender = StartedSender.start(redis, asSender("0"))) {
        until(
            "Redis says no",
            () -> {
              TestSocket.opening(sender.port(), account, "");
              return !log.lines("NOPERM").isEmpty() || health(sender).contains("NOPERM");
            });
      }
    } finally {
      log.detach();
    }
  }

  @Test
  void canaryNeedsItsOwnRights() {
    TestLog log = TestLog.listen();
    try (TestRedis redis = new TestRedis(user(RIGHTS + " &luna-sender.canary.* +publish"))) {
      try (StartedSender sender = StartedSender.start(redis, asSender("0.2"))) {
        until("the canary has arrived", () -> sender.bridgesReady() == 1);
        assertThat(log.lines("NOPERM")).isEmpty();
      }
    } finally {
      log.detach();
    }
  }

  private static String user(String rights) {
    return "user sender on >s3cret resetkeys resetchannels -@all " + rights;
  }

  private static Map<String, String> asSender(String canaryInterval) {
    return Map.of(
        "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
        "REDIS_DB_ADDRESS__USER", "sender",
        "REDIS_DB_ADDRESS__PASSWORD", "s3cret",
        "REDIS_DB_ADDRESS__CANARY_INTERVAL", canaryInterval,
        "REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2",
        "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER", "0.1");
  }

  private static String health(StartedSender sender) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + sender.port() + "/healthcheck");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void passwordOfTheDefaultUserIsSufficient() {
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "pass word/@:");
      deliversWith(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD", "pass word/@:"));
    }
  }

  @Test
  void anotherDatabaseHasTheSameChannels() {
    try (TestRedis redis = new TestRedis()) {
      deliversWith(redis, Map.of("REDIS_DB_ADDRESS__NUMBER", "3"));
    }
  }

  @Test
  void masterIsFoundThroughTheFirstSentinelThatAnswers() throws Exception {
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel = new TestSentinel("our-master", redis.port())) {
      deliversWith(
          redis,
          Map.of(
              "REDIS_DB_ADDRESS__PORT", "1",
              "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "our-master",
              "REDIS_DB_ADDRESS__SENTINEL__SENTINELS", "127.0.0.1:1,127.0.0.1:" + sentinel.port()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "requirepass s3cret, '', s3cret",
    "user watcher on >s3cret -@all +sentinel|get-master-addr-by-name, watcher, s3cret",
  })
  void sentinelsHaveTheirOwnUserAndPassword(String directive, String user, String password)
      throws Exception {
    try (TestRedis redis = new TestRedis("requirepass of-redis");
        TestSentinel sentinel =
            new TestSentinel(
                "our-master",
                redis.port(),
                directive,
                // Access requires a user name.
                directive.startsWith("user") ? "user default off" : "loglevel notice")) {
      deliversWith(
          redis,
          Map.of(
              "REDIS_DB_ADDRESS__PASSWORD",
              "of-redis",
              "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
              "our-master",
              "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
              "127.0.0.1:" + sentinel.port(),
              "REDIS_DB_ADDRESS__SENTINEL__USER",
              user,
              "REDIS_DB_ADDRESS__SENTINEL__PASSWORD",
              password));
    }
  }

  @Test
  void sentinelThatDeniesTheListOfReplicasIsLoggedOnceAndUsed() throws Exception {
    long start = System.nanoTime();
    // In its own process: the line is limited per process, and other tests cause it too.
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel =
            new TestSentinel(
                "our-master",
                redis.port(),
                "user watcher on >s3cret -@all +sentinel|get-master-addr-by-name",
                "user default off");
        PackagedSender sender =
            PackagedSender.start(
                redis,
                sentinel.settings(
                    "REDIS_DB_ADDRESS__PROBE_INTERVAL",
                    "0.1",
                    "REDIS_DB_ADDRESS__SENTINEL__USER",
                    "watcher",
                    "REDIS_DB_ADDRESS__SENTINEL__PASSWORD",
                    "s3cret"));
        TestSocket client = TestSocket.open(sender.port(), account, "")) {
      sender.awaitLine("SENTINEL REPLICAS", "127.0.0.1:" + sentinel.port(), "NOPERM");
      redis.publish(account, payload(event("an event")));
      assertThat(client.nextEventId()).isEqualTo("an event");
      assertThat(sender.output().lines())
          .filteredOn(line -> line.contains("SENTINEL REPLICAS"))
          .hasSizeBetween(1, TestLog.linesSince(start));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "user watcher on >s3cret -@all +ping, s3cret, NOPERM",
    "user watcher on >s3cret -@all +sentinel|get-master-addr-by-name, wrong, WRONGPASS",
  })
  void refusingSentinelIsLogged(String directive, String password, String refusal)
      throws Exception {
    TestLog log = TestLog.listen();
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel =
            new TestSentinel("our-master", redis.port(), directive, "user default off")) {
      try (StartedSender sender =
          StartedSender.start(
              redis,
              sentinel.settings(
                  "REDIS_DB_ADDRESS__SENTINEL__USER",
                  "watcher",
                  "REDIS_DB_ADDRESS__SENTINEL__PASSWORD",
                  password))) {
        String cause = "127.0.0.1:" + sentinel.port() + ": " + refusal;
        log.awaitLine(cause);
        assertThat(refusal(sender)).isEqualTo(503);
      }
    } finally {
      log.detach();
    }
  }

  /** A replica delivers the events of its master, so this does no harm. */
  @Test
  @Execution(CONCURRENT)
  void replicaNamedAsTheMasterDeliversEventsOfTheMaster() throws Exception {
    try (TestRedis master = new TestRedis();
        TestRedis replica = new TestRedis("replicaof 127.0.0.1 " + master.port())) {
      until("the replica follows", () -> replication(master).contains("state=online"));
      try (TestSentinel stale = new TestSentinel("our-master", replica.port())) {
        try (StartedSender sender = StartedSender.start(master, stale.settings())) {
          sender.openAndDeliver(master, account, "an event");
          assertThat(replica.command("PUBSUB", "CHANNELS", "luna-sender:*").toString())
              .contains(account);
        }
      }
    }
  }

  @Test
  @Execution(CONCURRENT)
  void promotedMasterIsFollowedWhileSocketsStayOpen() throws Exception {
    try (TestRedis master = new TestRedis();
        TestRedis replica = new TestRedis("replicaof 127.0.0.1 " + master.port())) {
      until("the replica follows", () -> replication(master).contains("state=online"));
      try (TestSentinel sentinel = new TestSentinel("our-master", master.port())) {
        until("the replica is known", () -> sentinel.info().contains("slaves=1"));
        try (StartedSender sender =
            StartedSender.start(
                master, sentinel.settings("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2"))) {
          until("Redis is connected", () -> sender.bridgesReady() == 1);
          TestSocket socket = TestSocket.open(sender.port(), account, "");
          master.kill();
          sentinel.failOver();
          // A Sentinel disconnects the clients of the server that it promotes.
          until(
              "the replica is the master",
              () -> String.valueOf(replica.attempt("INFO", "replication")).contains("role:master"));
          until(
              "the account is subscribed there",
              () -> String.valueOf(replica.attempt("PUBSUB", "CHANNELS")).contains(account));
          replica.reconnect();
          replica.publish(account, payload(event("new")));
          assertThat(socket.nextEventId()).isEqualTo("new");
        }
      }
    }
  }

  /** Publishers follow the Sentinels immediately, and the old master answers every probe. */
  @Test
  @Execution(CONCURRENT)
  void replacedLiveMasterIsLeftAndLossesAreReported() throws Exception {
    try (TestRedis master = new TestRedis();
        TestRedis replica = new TestRedis("replicaof 127.0.0.1 " + master.port())) {
      until("the replica follows", () -> replication(master).contains("state=online"));
      try (TestSentinel sentinel = new TestSentinel("our-master", master.port())) {
        until("the replica is known", () -> sentinel.info().contains("slaves=1"));
        try (StartedSender sender =
            StartedSender.start(
                master, sentinel.settings("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.3"))) {
          until("it is ready", () -> sender.bridgesReady() == 1);
          TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
          Instant before = Instant.now();
          sentinel.failOver();
          until(
              "an event comes",
              () -> {
                replica.attempt(
                    "PUBLISH", "luna-sender:" + account, payload(event("published there")));
                return socket.waiting() > 2;
              });
          assertThat(socket.next().getJsonObject("interruption").getString("cause"))
              .startsWith("redis_");
          JsonObject gap = socket.next().getJsonObject("gap");
          assertThat(Instant.parse(gap.getString("from"))).isBefore(Instant.now());
          assertThat(Instant.parse(gap.getString("to"))).isAfter(before);
          assertThat(socket.nextEventId()).isEqualTo("published there");
        }
      }
    }
  }

  private static String replication(TestRedis redis) {
    return redis.command("INFO", "replication").toString();
  }

  @Test
  void serviceWithAWrongPasswordRunsButIsUnhealthy() {
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "right");
      try (StartedSender sender =
          StartedSender.start(redis, Map.of("REDIS_DB_ADDRESS__PASSWORD", "wrong"))) {
        assertThat(refusal(sender)).isEqualTo(503);
      }
    }
  }

  @Test
  void redisCanStartAfterTheService() {
    try (TestRedis redis = new TestRedis()) {
      redis.kill();
      try (StartedSender sender =
          StartedSender.start(redis, Map.of("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2"))) {
        assertThat(refusal(sender)).isEqualTo(503);
        redis.restart();
        sender.openAndDeliver(redis, account, "an event");
      }
    }
  }

  /** Redis answers nothing after this on the first two connections. */
  @ParameterizedTest
  @ValueSource(strings = {"HELLO", "SELECT", "HELLO.*HELLO"})
  void silenceWhileConnectingIsRetried(String lastWord) {
    Pattern swallowed = Pattern.compile(lastWord, Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    try (TestRedis redis = new TestRedis();
        FaultyWire wire =
            new FaultyWire(
                redis.port(),
                (connection, sent) -> connection <= 2 && swallowed.matcher(sent).find())) {
      try (StartedSender sender =
          StartedSender.start(
              redis,
              Map.of(
                  "REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port()),
                  "REDIS_DB_ADDRESS__NUMBER", "1",
                  "REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "0.5"))) {
        sender.openAndDeliver(redis, account, "an event");
        assertThat(wire.connections()).isGreaterThan(2);
      }
    }
  }

  private int refusal(StartedSender sender) {
    return TestSocket.refused(sender.port(), "/2/ws", Map.of("Luna-Account-Id", account))
        .getStatus();
  }

  private void deliversWith(TestRedis redis, Map<String, String> access) {
    try (StartedSender sender = StartedSender.start(redis, access)) {
      sender.openAndDeliver(redis, account, "an event");
    }
  }
}
