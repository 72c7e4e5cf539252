package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.AccountCounters;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.StorageMetrics.Estimate;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Estimates the storage in a real Redis, with exactly the permissions of the manual. */
final class StorageSamplerIT {
  private static final Duration INTERVAL = Duration.ofMillis(50);

  private final TestRedis redis = new TestRedis();
  private final Vertx vertx = Vertx.vertx();
  private final HistoryPublisher publisher = new HistoryPublisher(redis.port());
  private final Config config =
      ConfigLoader.load(
          null,
          Map.of(
              "REDIS_DB_ADDRESS__PORT",
              Integer.toString(redis.port()),
              "REDIS_DB_ADDRESS__USER",
              "sender",
              "REDIS_DB_ADDRESS__PASSWORD",
              "s3cret",
              "LUNA_SERVICE_METRICS__ACCOUNT_SERIES",
              "1"));
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());

  @AfterEach
  void close() {
    publisher.close();
    await(vertx.close());
    metrics.close();
    redis.close();
  }

  private void start() throws Exception {
    Files.readAllLines(Path.of("src/main/manual/chapters/redis.adoc")).stream()
        .filter(line -> line.startsWith("ACL SETUSER sender") && !line.contains("cluster|"))
        .filter(line -> line.contains("+select") || line.contains("history"))
        .forEach(line -> redis.command("ACL", line.substring(4).split(" ")));
    await(vertx.deployVerticle(new StorageSampler(config.redis(), metrics, INTERVAL)));
  }

  @Test
  void fewAccountsAreMeasuredExactly() throws Exception {
    String account = UUID.randomUUID().toString();
    AccountCounters counters = metrics.accounts().acquire(account);
    for (int i = 0; i < 10; i++) {
      publisher.append(account, "payload");
    }
    String large = UUID.randomUUID().toString();
    publisher.append(large, "x".repeat(10_000));
    redis.command("SET", "unrelated", "key");
    start();
    until("the accounts are found", () -> metrics.storage().last().accounts() == 2);
    Estimate estimate = metrics.storage().last();
    assertThat(estimate.entries()).isEqualTo(11);
    assertThat(estimate.bytes()).isEqualTo(bytes(account) + bytes(large));
    assertThat((double) estimate.largestBytes()).isEqualTo(bytes(large));
    assertThat(metrics.scrape())
        .contains(
            "luna_sender_history_stored_entries 11.0",
            "luna_sender_account_history_entries{account=\"" + account + "\"} 10.0",
            "luna_sender_account_history_bytes{account=\"" + account + "\"} " + bytes(account))
        .doesNotContain(large);
    metrics.accounts().release(counters);
  }

  private double bytes(String account) {
    return redis
        .command("MEMORY", "USAGE", "luna-sender.history:{" + account + "}")
        .toLong()
        .doubleValue();
  }

  @Test
  void manyAccountsAreEstimatedFromSamples() throws Exception {
    int accounts = 20 * StorageSampler.SAMPLES;
    for (int i = 0; i < accounts; i++) {
      String account = UUID.randomUUID().toString();
      for (int j = 0; j < 3; j++) {
        publisher.append(account, "payload");
      }
    }
    start();
    until("the accounts are found", () -> metrics.storage().last().accounts() == accounts);
    assertThat(metrics.storage().last().entries()).isCloseTo(3.0 * accounts, within(0.001));
    redis.command("FLUSHALL");
    until("they are gone", () -> metrics.storage().last().accounts() == 0);
  }

  @Test
  void missingPermissionIsLoggedOnce() throws Exception {
    publisher.append(UUID.randomUUID().toString(), "payload");
    TestLog log = TestLog.listen();
    try {
      start();
      redis.command("ACL", "SETUSER", "sender", "-memory");
      log.awaitLine("Redis rejects a command that measures the history", "NOPERM");
      redis.command("ACL", "SETUSER", "sender", "+memory");
      until("it is measured", () -> metrics.storage().last().accounts() == 1);
      assertThat(log.lines("measures the history")).hasSize(1);
    } finally {
      log.detach();
    }
  }
}
