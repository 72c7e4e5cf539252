package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.Service;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TlsDoor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests TLS to Redis: which certificates the service accepts, and its own certificate. */
final class RedisTlsIT {
  private static final String SSL = "REDIS_DB_ADDRESS__USE_SSL";
  private static final String CA = "REDIS_DB_ADDRESS__CA_FILE";
  private static final String VERIFY = "REDIS_DB_ADDRESS__VERIFY_HOSTNAME";

  @TempDir private static Path folder;
  private static X509Bundle authority;
  private static X509Bundle right;
  private static X509Bundle elsewhere;
  private static TestRedis redis;

  private final String account = Service.account();

  @BeforeAll
  static void start() throws Exception {
    authority = authority("ours");
    right =
        certificate("redis")
            .addSanIpAddress("127.0.0.1")
            .addSanDnsName("localhost")
            .buildIssuedBy(authority);
    elsewhere = certificate("127.0.0.1").addSanDnsName("redis.elsewhere").buildIssuedBy(authority);
    Files.writeString(folder.resolve("ca.pem"), authority.getRootCertificatePEM());
    Files.writeString(
        folder.resolve("stranger.pem"), authority("stranger").getRootCertificatePEM());
    X509Bundle client =
        certificate("sender").addExtendedKeyUsageClientAuth().buildIssuedBy(authority);
    Files.writeString(folder.resolve("client.pem"), client.getCertificatePathPEM());
    Files.writeString(folder.resolve("client.key"), client.getPrivateKeyPEM());
    redis = new TestRedis();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost"})
  void certificateForThisHostByATrustedAuthorityIsAccepted(String host) {
    try (TlsDoor door = new TlsDoor(redis.port(), right, null)) {
      delivers(
          Map.of(
              "REDIS_DB_ADDRESS__HOST",
              host,
              "REDIS_DB_ADDRESS__PORT",
              Integer.toString(door.port()),
              SSL,
              "1",
              CA,
              file("ca.pem")));
    }
  }

  @Test
  void certificateForAnotherHostIsRejectedAndLogged() {
    try (TlsDoor door = new TlsDoor(redis.port(), elsewhere, null)) {
      refuses(
          behind(door, CA, file("ca.pem")),
          "127.0.0.1:" + door.port() + ": TLS: ",
          "127.0.0.1",
          "(expected: a certificate for this host, or VERIFY_HOSTNAME: 0)");
    }
  }

  @Test
  void certificateForAnotherHostIsAcceptedWithoutVerification() {
    try (TlsDoor door = new TlsDoor(redis.port(), elsewhere, null)) {
      delivers(behind(door, CA, file("ca.pem"), VERIFY, "0"));
    }
  }

  /** Neither a matching name nor the JVM's authorities make the certificate valid. */
  @ParameterizedTest
  @CsvSource({"stranger.pem, 1", "stranger.pem, 0", ", 1", ", 0"})
  void certificateByAnUnknownAuthorityIsRejectedAndLogged(String authority, String verify) {
    try (TlsDoor door = new TlsDoor(redis.port(), right, null)) {
      refuses(
          behind(door, CA, authority == null ? "" : file(authority), VERIFY, verify),
          "127.0.0.1:" + door.port() + ": TLS: ",
          "(expected: a certificate issued by a CA in CA_FILE)");
    }
  }

  @Test
  void connectionWithoutAClientCertificateFailsAndIsLogged() {
    try (TlsDoor door = new TlsDoor(redis.port(), right, authority)) {
      refuses(
          behind(door, CA, file("ca.pem")),
          "127.0.0.1:" + door.port() + ": TLS: ",
          "(expected: a CERT_FILE that the peer trusts)");
    }
  }

  @Test
  void connectionWithAClientCertificateSucceeds() {
    try (TlsDoor door = new TlsDoor(redis.port(), right, authority)) {
      delivers(
          behind(
              door,
              CA,
              file("ca.pem"),
              "REDIS_DB_ADDRESS__CERT_FILE",
              file("client.pem"),
              "REDIS_DB_ADDRESS__KEY_FILE",
              file("client.key")));
    }
  }

  @Test
  void renewedFileNeedsNoRestart() throws IOException {
    Path renewed = Files.copy(folder.resolve("stranger.pem"), folder.resolve("renewed.pem"));
    try (TlsDoor door = new TlsDoor(redis.port(), right, null)) {
      Sender sender = start(behind(door, CA, renewed.toString()));
      try {
        assertThat(sender.metrics().redis().connected()).isZero();
        Files.writeString(renewed, Files.readString(folder.resolve("ca.pem")));
        delivers(sender);
      } finally {
        await(sender.stop());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "0, 1", "1, 1"})
  void sentinelsHaveTheirOwnTlsFlag(int ofSentinels, int ofRedis) throws Exception {
    try (TlsDoor door = new TlsDoor(redis.port(), right, authority);
        TestSentinel sentinel =
            new TestSentinel("our-master", ofRedis == 1 ? door.port() : redis.port());
        TlsDoor sentinelDoor = new TlsDoor(sentinel.port(), right, authority)) {
      Map<String, String> access = new HashMap<>();
      access.put(SSL, Integer.toString(ofRedis));
      access.put("REDIS_DB_ADDRESS__SENTINEL__USE_SSL", Integer.toString(ofSentinels));
      access.put(CA, file("ca.pem"));
      access.put("REDIS_DB_ADDRESS__CERT_FILE", file("client.pem"));
      access.put("REDIS_DB_ADDRESS__KEY_FILE", file("client.key"));
      access.put("REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "our-master");
      access.put(
          "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
          "127.0.0.1:" + (ofSentinels == 1 ? sentinelDoor.port() : sentinel.port()));
      delivers(access);
    }
  }

  private void delivers(Map<String, String> access) {
    Sender sender = start(access);
    try {
      delivers(sender);
    } finally {
      await(sender.stop());
    }
  }

  private void delivers(Sender sender) {
    until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    redis.publish(account, payload(event("an event")));
    assertThat(socket.nextEventId()).isEqualTo("an event");
  }

  private void refuses(Map<String, String> access, String... words) {
    TestLog log = TestLog.listen();
    try {
      Sender sender = start(access);
      try {
        assertThat(log.awaitLine(words)).contains("Redis is unavailable; retrying");
        assertThat(sender.metrics().redis().connected()).isZero();
        assertThat(
                TestSocket.refused(sender.port(), "/2/ws", Map.of("Luna-Account-Id", account))
                    .getStatus())
            .isEqualTo(503);
      } finally {
        await(sender.stop());
      }
    } finally {
      log.detach();
    }
  }

  private static Map<String, String> behind(TlsDoor door, String... variables) {
    Map<String, String> access = new HashMap<>();
    access.put("REDIS_DB_ADDRESS__PORT", Integer.toString(door.port()));
    access.put(SSL, "1");
    for (int i = 0; i < variables.length; i += 2) {
      access.put(variables[i], variables[i + 1]);
    }
    return access;
  }

  private static Sender start(Map<String, String> access) {
    Map<String, String> environment = new HashMap<>(access);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }

  private static String file(String name) {
    return folder.resolve(name).toString();
  }

  private static X509Bundle authority(String name) throws Exception {
    return certificate(name).setIsCertificateAuthority(true).buildSelfSigned();
  }

  private static CertificateBuilder certificate(String name) {
    return new CertificateBuilder().subject("CN=" + name).algorithm(Algorithm.ecp256);
  }
}
