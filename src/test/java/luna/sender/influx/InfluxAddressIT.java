package luna.sender.influx;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.InfluxPoints;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestInflux;
import luna.sender.testing.TestLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the addresses of InfluxDB, and which certificates the export accepts. */
final class InfluxAddressIT {
  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  private final TestLog log = TestLog.listen();
  private final Vertx vertx = Vertx.vertx();
  private final X509Bundle authority = TestCertificates.authority("authority");

  @AfterEach
  void close() {
    System.clearProperty(TRUST_STORE);
    System.clearProperty(TRUST_STORE + "Password");
    await(vertx.close());
    log.detach();
  }

  @Test
  void hostCanBeAnIpv6Address() {
    try (TestInflux influx = new TestInflux(new HttpServerOptions().setHost("::1").setPort(0))) {
      export("::1", influx.port(), "0");
      until("the point is written", () -> influx.points("requests").size() == 1);
      assertThat(influx.faults()).isEmpty();
    }
  }

  @Test
  void certificateOfTheTrustStoreIsAccepted() throws Exception {
    trust();
    try (TestInflux influx = new TestInflux(tls())) {
      export("localhost", influx.port(), "1");
      until("the point is written", () -> influx.points("requests").size() == 1);
      assertThat(influx.faults()).isEmpty();
    }
    assertThat(log.lines("InfluxExporter")).isEmpty();
  }

  @Test
  void certificateOfAnotherHostIsRejected() throws Exception {
    trust();
    try (TestInflux influx = new TestInflux(tls().setHost("127.0.0.2"))) {
      export("127.0.0.2", influx.port(), "1");
      log.awaitLine("InfluxDB writes fail", "No subject alternative names matching IP");
      assertThat(influx.requests()).isZero();
    }
  }

  @Test
  void certificateOfAnUnknownAuthorityIsRejected() {
    try (TestInflux influx = new TestInflux(tls())) {
      export("localhost", influx.port(), "1");
      log.awaitLine("InfluxDB writes fail", "unable to find valid certification path");
      assertThat(influx.requests()).isZero();
    }
  }

  /** Exports one point. */
  private void export(String host, int port, String ssl) {
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING",
                "1",
                "INFLUX_MONITORING__ORGANIZATION",
                "an org&bucket=other",
                "INFLUX_MONITORING__BUCKET",
                "events",
                "INFLUX_MONITORING__TOKEN",
                TestInflux.TOKEN,
                "INFLUX_MONITORING__HOST",
                host,
                "INFLUX_MONITORING__PORT",
                Integer.toString(port),
                "INFLUX_MONITORING__USE_SSL",
                ssl,
                "INFLUX_MONITORING__FLUSHING_PERIOD",
                "0.05"));
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    InfluxPoints points = Objects.requireNonNull(metrics.points());
    points.request("GET:/version", 200, 0, "an id", points.now(), Duration.ofMillis(1).toNanos());
    await(
        vertx.deployVerticle(
            new InfluxExporter(config.influx(), points, metrics.accounts(), metrics.guard())));
    metrics.close();
  }

  private HttpServerOptions tls() {
    Path folder = TestCertificates.folder();
    TestCertificates.write(folder, "server", TestCertificates.server(authority, "server"));
    return new HttpServerOptions()
        .setHost("127.0.0.1")
        .setPort(0)
        .setSsl(true)
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(folder.resolve("server.crt").toString())
                .setKeyPath(folder.resolve("server.key").toString()));
  }

  /** Sets the JVM's trust store to one that contains the authority. */
  private void trust() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", authority.getCertificate());
    Path file = TestCertificates.folder().resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, "changeit".toCharArray());
    }
    file.toFile().deleteOnExit();
    System.setProperty(TRUST_STORE, file.toString());
    System.setProperty(TRUST_STORE + "Password", "changeit");
  }
}
