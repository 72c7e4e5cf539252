package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests histories in a Cluster with TLS and with exactly the permissions of the manual. */
final class ClusterAccessIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  /** The account whose publisher does not append. */
  private static final String RECORDED = Service.account();

  @TempDir private static Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void permissionsOfTheManualAreEnoughWithTls(boolean sharded) throws Exception {
    X509Bundle authority = TestCertificates.authority("authority");
    X509Bundle own = TestCertificates.node(authority, "cluster");
    Files.writeString(folder.resolve("ca.pem"), authority.getRootCertificatePEM());
    Files.writeString(folder.resolve("server.pem"), own.getCertificatePathPEM());
    Files.writeString(folder.resolve("server.key"), own.getPrivateKeyPEM());
    try (TestCluster cluster = TestCluster.encrypted(folder)) {
      String[] rights = rights(sharded);
      cluster.nodes().forEach(node -> node.command("ACL", rights));
      Config config = config(cluster, sharded);
      Sender sender = await(Sender.start(config));
      Vertx vertx = Vertx.vertx();
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        for (TestRedis master : cluster.masters()) {
          check(vertx, sender, config, accountOf(cluster, master));
        }
        measure(vertx, config);
        record(cluster, sender, sharded);
        for (TestRedis node : cluster.nodes()) {
          assertThat(node.command("ACL", "LOG")).isEmpty();
        }
      } finally {
        await(vertx.close());
        await(sender.stop());
      }
    }
  }

  private static void check(Vertx vertx, Sender sender, Config config, String account) {
    HistoryAppender appender =
        new HistoryAppender(vertx, config.redis(), config.history(), account);
    await(appender.start());
    await(appender.append(payload(event("first")).getBytes(UTF_8)));
    try (TestSocket client = TestSocket.open(sender.port(), account, "last=1")) {
      await(appender.append(payload(event("second")).getBytes(UTF_8)));
      assertThat(client.nextEventId()).isEqualTo("first");
      assertThat(client.nextEventId()).isEqualTo("second");
    }
    await(appender.stop());
    HistoryAdmin admin = new HistoryAdmin(vertx, config.redis());
    assertThat(await(admin.show(account)).entries()).isEqualTo(2);
    assertThat(await(admin.delete(account))).isEqualTo(2);
    HistoryAppender again = new HistoryAppender(vertx, config.redis(), config.history(), account);
    await(again.start());
    await(again.append(payload(event("third")).getBytes(UTF_8)));
    await(again.stop());
  }

  private static void record(TestCluster cluster, Sender sender, boolean sharded) {
    until("it is the recorder", () -> RecordingSender.leads(sender));
    TestRedis master = cluster.master(RECORDED);
    if (sharded) {
      TestCluster.spublish(master, RECORDED, "payload");
    } else {
      master.publish(RECORDED, "payload");
    }
    until("it is recorded", () -> RecordedStreams.read(cluster, RECORDED).size() == 1);
  }

  private static void measure(Vertx vertx, Config config) {
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    await(vertx.deployVerticle(new StorageSampler(config.redis(), metrics, Duration.ofMillis(50))));
    until("all accounts are found", () -> metrics.storage().last().accounts() == 3);
    metrics.close();
  }

  /** Returns the arguments of ACL. */
  private static String[] rights(boolean sharded) throws Exception {
    List<String> lines =
        Files.readAllLines(Path.of("src/main/manual/chapters/redis.adoc")).stream()
            .filter(line -> line.startsWith("ACL SETUSER sender"))
            .filter(line -> line.contains("history") && line.contains("+cluster|shards"))
            .toList();
    assertThat(lines).hasSize(2);
    return lines.get(sharded ? 1 : 0).substring("ACL ".length()).split(" ");
  }

  private static String accountOf(TestCluster cluster, TestRedis master) {
    return Stream.generate(Service::account)
        .filter(account -> cluster.masterOf(KEYS.stream(account)) == master)
        .findFirst()
        .orElseThrow();
  }

  private static Config config(TestCluster cluster, boolean sharded) {
    return ConfigLoader.load(
        null,
        Map.ofEntries(
            Map.entry("REDIS_DB_ADDRESS__CLUSTER__NODES", cluster.addresses()),
            Map.entry("REDIS_DB_ADDRESS__CLUSTER__SHARDED", sharded ? "1" : "0"),
            Map.entry("REDIS_DB_ADDRESS__USER", "sender"),
            Map.entry("REDIS_DB_ADDRESS__PASSWORD", "s3cret"),
            Map.entry("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0"),
            // The first handshakes of a JVM are slow on a busy machine.
            Map.entry("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "20"),
            Map.entry("REDIS_DB_ADDRESS__COMMAND_TIMEOUT", "20"),
            Map.entry("REDIS_DB_ADDRESS__USE_SSL", "1"),
            Map.entry("REDIS_DB_ADDRESS__CA_FILE", folder.resolve("ca.pem").toString()),
            Map.entry("REDIS_DB_ADDRESS__CERT_FILE", folder.resolve("server.pem").toString()),
            Map.entry("REDIS_DB_ADDRESS__KEY_FILE", folder.resolve("server.key").toString()),
            Map.entry("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2"),
            Map.entry("LUNA_SENDER_HTTP_SETTINGS__PORT", "0"),
            Map.entry("LUNA_SENDER_HISTORY__MODE", "redis"),
            Map.entry("LUNA_SENDER_HISTORY__RECORD_ACCOUNTS", sharded ? RECORDED : "")));
  }
}
