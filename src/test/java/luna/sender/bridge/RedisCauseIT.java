package luna.sender.bridge;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that the reason why Redis is unavailable is reported everywhere and immediately. */
final class RedisCauseIT {
  private TestLog log;

  @BeforeEach
  void listen() {
    log = TestLog.listen();
  }

  @AfterEach
  void detach() {
    log.detach();
  }

  @Test
  void connectionRefused() {
    int port;
    try (TestRedis redis = new TestRedis()) {
      port = redis.port();
    }
    assertNamed(port, Map.of(), "connection_refused", "Connection refused");
  }

  @Test
  void nameThatDoesNotResolve() {
    assertNamed(1, Map.of("REDIS_DB_ADDRESS__HOST", "no-such-host.invalid"), "dns", "DNS: ");
  }

  @Test
  void wrongPassword() {
    try (TestRedis redis = new TestRedis("requirepass right")) {
      assertNamed(
          redis.port(),
          Map.of("REDIS_DB_ADDRESS__PASSWORD", "wrong"),
          "wrong_password",
          "WRONGPASS ");
    }
  }

  @Test
  void noPassword() {
    try (TestRedis redis = new TestRedis("requirepass right")) {
      assertNamed(redis.port(), Map.of(), "no_password", "NOAUTH ");
    }
  }

  @Test
  void missingRight() {
    try (TestRedis redis =
        new TestRedis(
            "user sender on >s3cret resetchannels &luna-sender:* -@all +subscribe +ping")) {
      assertNamed(
          redis.port(),
          Map.of("REDIS_DB_ADDRESS__USER", "sender", "REDIS_DB_ADDRESS__PASSWORD", "s3cret"),
          "no_right",
          "NOPERM ");
    }
  }

  @Test
  void noTls() {
    Vertx vertx = Vertx.vertx();
    NetServer server =
        await(
            vertx
                .createNetServer()
                .connectHandler(
                    socket -> socket.handler(hello -> socket.write("-ERR Protocol error\r\n")))
                .listen(0));
    try {
      assertNamed(server.actualPort(), Map.of("REDIS_DB_ADDRESS__USE_SSL", "1"), "tls", "TLS: ");
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void noAnswer() {
    try (TestRedis redis = new TestRedis();
        OneWayWire wire = new OneWayWire(redis.port())) {
      wire.silenceFromTheStart(OneWayWire.Direction.TO_SERVER);
      assertNamed(wire.port(), Map.of(), "timeout", "no answer within the timeout");
    }
  }

  @Test
  void connectionClosedImmediately() {
    Vertx vertx = Vertx.vertx();
    NetServer server =
        await(vertx.createNetServer().connectHandler(socket -> socket.close()).listen(0));
    try {
      assertNamed(server.actualPort(), Map.of(), "closed", "the peer closed the connection");
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void tooManyClients() {
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "maxclients", "1");
      assertNamed(redis.port(), Map.of(), "too_many_clients", "ERR max number of clients reached");
    }
  }

  /** Redis sends this error before any command, to clients on other machines. */
  @Test
  void protectedMode() {
    Vertx vertx = Vertx.vertx();
    NetServer server =
        await(
            vertx
                .createNetServer()
                .connectHandler(
                    socket ->
                        socket
                            .write("-DENIED Redis is running in protected mode because...\r\n")
                            .onComplete(written -> socket.close()))
                .listen(0));
    try {
      assertNamed(
          server.actualPort(),
          Map.of(),
          "protected_mode",
          "DENIED Redis is running in protected mode");
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void masterUnknownToTheSentinels() throws Exception {
    try (TestRedis redis = new TestRedis();
        TestSentinel sentinel = new TestSentinel("another-master", redis.port())) {
      assertNamed(
          1,
          Map.of(
              "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
              "our-master",
              "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
              "127.0.0.1:" + sentinel.port()),
          "no_master",
          "MASTER_NAME: our-master");
    }
  }

  /** The connection is closed first, and then each attempt is refused. */
  @Test
  void passwordChangedWhileConnected() {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis.port(), Map.of());
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        redis.command("CONFIG", "SET", "requirepass", "new");
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        assertNamed(sender, "no_password", "NOAUTH ");
        log.awaitLine("the peer closed the connection");
        redis.command("CONFIG", "SET", "requirepass", "");
        until("it is ready again", () -> ask(sender, "/healthcheck").contains("execution_time"));
        assertThat(ask(sender, "/readyz")).isEqualTo("{\"ready\":true}");
      } finally {
        await(sender.stop());
      }
    }
  }

  /** Subscriptions work while Redis loads its data. */
  @Test
  @Tag("redis-7") // enable-debug-command
  void loading() {
    try (TestRedis redis = new TestRedis("enable-debug-command yes", "rdbcompression no")) {
      // While it loads, Redis serves its connections after each kilobyte.
      String value = "x".repeat(1500);
      for (int i = 0; i < 200; i++) {
        redis.command("SET", "key " + i, value);
      }
      Sender sender = start(redis.port(), Map.of());
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        redis.command("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
        redis.command("CONFIG", "SET", "key-load-delay", "50000");
        Thread reload = new Thread(() -> redis.attempt("DEBUG", "RELOAD"));
        reload.start();
        until(
            "the health check says it",
            () -> ask(sender, "/healthcheck").contains("redis: LOADING "));
        log.awaitLine("\"LOADING ");
        assertThat(refusals(sender, "loading")).isPositive();
        assertThat(log.lines("Redis connection lost")).isEmpty();
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  @Tag("redis-7") // Redis 6.2 answers PING
  void replicaWithoutItsMaster() {
    try (TestRedis redis = new TestRedis("replica-serve-stale-data no")) {
      Sender sender = start(redis.port(), Map.of());
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        redis.command("REPLICAOF", "127.0.0.1", "1");
        until(
            "the health check says it",
            () -> ask(sender, "/healthcheck").contains("redis: MASTERDOWN "));
        log.awaitLine("\"MASTERDOWN ");
        assertThat(refusals(sender, "master_down")).isPositive();
      } finally {
        await(sender.stop());
      }
    }
  }

  private void assertNamed(int port, Map<String, String> redis, String reason, String words) {
    Sender sender = start(port, redis);
    try {
      assertNamed(sender, reason, words);
    } finally {
      await(sender.stop());
    }
  }

  private void assertNamed(Sender sender, String reason, String words) {
    long start = System.nanoTime();
    log.awaitLine(words);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    until(
        "the health check says it",
        () -> {
          String health = ask(sender, "/healthcheck");
          return health.contains("redis: ") && health.contains(words);
        });
    until("readiness reports it", () -> ask(sender, "/readyz").contains(words));
    assertThat(ask(sender, "/readyz"))
        .contains("redis: 0 of 1 bridges ready: Redis is unavailable: ");
    until("it is counted", () -> refusals(sender, reason) > 0);
  }

  private static double refusals(Sender sender, String reason) {
    return sender
        .metrics()
        .registry()
        .find("luna_sender_redis_refusals")
        .tag("reason", reason)
        .counters()
        .stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private static String ask(Sender sender, String path) {
    URI uri = URI.create("http://127.0.0.1:" + sender.port() + path);
    try {
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Sender start(int port, Map<String, String> redis) {
    Map<String, String> environment = new HashMap<>(redis);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.putIfAbsent("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(port));
    environment.put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.3");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }

  @Test
  void eachReasonHasItsOwnLabel() {
    assertThat(List.of(RedisFailureReason.values()))
        .extracting(RedisFailureReason::label)
        .doesNotHaveDuplicates()
        .contains("loading", "wrong_password", "other");
  }
}
