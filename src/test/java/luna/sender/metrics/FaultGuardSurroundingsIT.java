package luna.sender.metrics;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestIssuer.jwk;
import static luna.sender.testing.TestIssuer.pair;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.Deliveries;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestIssuer;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TestToken;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The tests of {@link FaultGuardIT} for tasks that need another environment: several masters, a
 * Cluster, TLS, or token keys.
 */
final class FaultGuardSurroundingsIT {
  private static final GuardInjection INJECTION = new GuardInjection();
  private static final String MASTER = "our-master";
  private static final int[] NTH = {1, 3, 7};

  @TempDir Path folder;

  private final TestRedis redis = new TestRedis();
  private final String account = Service.account();
  private final TestToken token = TestToken.of(account);

  @BeforeAll
  static void install() {
    INJECTION.install();
  }

  @AfterAll
  static void uninstall() {
    INJECTION.uninstall();
  }

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void faultWhileTwoMastersSendCausesAtMostAGap() throws Exception {
    try (TestRedis old = new TestRedis();
        TestRedis successor = new TestRedis();
        TestSentinel sentinel = new TestSentinel(MASTER, old.port())) {
      Sender sender =
          start(
              sentinel.settings(
                  "REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2",
                  "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2"));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        Deliveries deliveries = new Deliveries(TestSocket.open(sender.port(), account, "gaps=1"));
        TestRedis named = old;
        for (int nth : NTH) {
          for (boolean before : List.of(true, false)) {
            TestRedis next = named == old ? successor : old;
            TestRedis left = named;
            named = next;
            INJECTION.arm(GuardedTask.REDIS_FORMER, before, nth);
            sentinel.name(next);
            until(
                "the former master is left, and the fault has come",
                () -> {
                  deliveries.publish(event -> left.publish(account, event));
                  deliveries.publish(event -> next.publish(account, event));
                  return INJECTION.hasThrown();
                });
            deliveries.awaitAll(event -> next.publish(account, event));
            // The service does not listen to a master that is replaced while its connection is
            // renewed.
            Waiting.condition("the connection is renewed")
                .during(Duration.ofMillis(300))
                .atMost(PATIENCE)
                .until(() -> sender.metrics().redis().bridges().ready() == 1);
          }
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void faultWhileSlotsAreReadIsRetried() {
    try (TestCluster cluster = new TestCluster(0)) {
      Map<String, String> environment = new HashMap<>();
      environment.put("REDIS_DB_ADDRESS__CLUSTER__SHARDED", "1");
      environment.put("REDIS_DB_ADDRESS__CLUSTER__NODES", cluster.addresses());
      environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
      Sender sender = start(environment);
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        String moving =
            Stream.generate(Service::account)
                .filter(each -> cluster.master(each) == cluster.node(0))
                .findFirst()
                .orElseThrow();
        Deliveries deliveries = new Deliveries(TestSocket.open(sender.port(), moving, "gaps=1"));
        int owner = 0;
        for (int nth : NTH) {
          for (boolean before : List.of(true, false)) {
            owner = (owner + 1) % 3;
            TestRedis next = cluster.node(owner);
            INJECTION.arm(GuardedTask.REDIS_SLOTS, before, nth);
            cluster.move(moving, next);
            until(
                "the new owner has the account, and the fault has come",
                () ->
                    cluster.shardSubscribed(moving).equals(List.of(next)) && INJECTION.hasThrown());
            deliveries.awaitAll(event -> TestCluster.spublish(next, moving, event));
          }
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void faultInACertificateCheckIsRetried() {
    X509Bundle authority = TestCertificates.authority("authority");
    Path files = TestCertificates.folder();
    TestCertificates.write(files, "server", TestCertificates.server(authority, "first"));
    Map<String, String> environment = new HashMap<>(TestCertificates.settings(files));
    environment.put("LUNA_SENDER_HTTP_SETTINGS__TLS__RELOAD_INTERVAL", "0.05");
    Sender sender = start(environment);
    try {
      int taken = 0;
      for (boolean before : List.of(true, false)) {
        for (int nth : NTH) {
          fail(GuardedTask.TLS_CHECK, before, nth);
          TestCertificates.write(files, "server", TestCertificates.server(authority, "next"));
          int expected = ++taken;
          until(
              "the new certificate is taken",
              () ->
                  sender
                          .metrics()
                          .registry()
                          .get("luna_sender_tls_reloads")
                          .tag("outcome", "taken")
                          .counter()
                          .count()
                      >= expected);
        }
      }
    } finally {
      await(sender.stop());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = GuardedTask.class,
      names = {"KEYS_FETCH", "KEYS_TICK"})
  void faultInAKeyFetchIsRetried(GuardedTask work) {
    try (TestIssuer issuer = new TestIssuer()) {
      issuer.serve(jwk("first", pair("EC").getPublic()));
      Map<String, String> environment = auth("ES256");
      environment.put("LUNA_SENDER_AUTH__JWKS_URL", issuer.url("http"));
      environment.put("LUNA_SENDER_AUTH__JWKS_REFRESH", "0.1");
      Sender sender = start(environment);
      try {
        for (boolean before :
            work == GuardedTask.KEYS_FETCH ? List.of(true) : List.of(true, false)) {
          // A failed fetch is followed by a pause of ten seconds.
          for (int nth : work == GuardedTask.KEYS_FETCH ? new int[] {1} : NTH) {
            fail(work, before, nth);
            KeyPair next = pair("EC");
            issuer.serve(jwk("next", next.getPublic()));
            until(
                "the new key is taken",
                () -> status(sender, token.header("kid", "next").signed(next.getPrivate())) == 101);
          }
        }
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void faultInAKeyFileCheckIsRetried() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), secret(0));
    Map<String, String> environment = auth("HS256");
    environment.put("LUNA_SENDER_AUTH__SECRET_FILE", file.toString());
    environment.put("LUNA_SENDER_AUTH__RELOAD_INTERVAL", "0.05");
    Sender sender = start(environment);
    try {
      int number = 0;
      for (boolean before : List.of(true, false)) {
        for (int nth : NTH) {
          fail(GuardedTask.KEY_FILES_CHECK, before, nth);
          String next = secret(++number);
          Files.writeString(file, next);
          until("the new secret is used", () -> status(sender, token.hs256(next)) == 101);
        }
      }
    } finally {
      await(sender.stop());
    }
  }

  private static String secret(int number) {
    return "a secret of thirty-two bytes, number " + number;
  }

  private static void fail(GuardedTask work, boolean before, int nth) {
    INJECTION.arm(work, before, nth);
    until(work + " is reached", INJECTION::hasThrown);
  }

  private static Map<String, String> auth(String algorithm) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
    environment.put("LUNA_SENDER_AUTH__ALGORITHMS", algorithm);
    environment.put("LUNA_SENDER_AUTH__ISSUER", TestToken.ISSUER);
    environment.put("LUNA_SENDER_AUTH__AUDIENCE", TestToken.AUDIENCE);
    return environment;
  }

  private int status(Sender sender, String signed) {
    String[] lines = handshake(account, "Authorization: Bearer " + signed);
    return RawHttp.exchange(sender.port(), get("/2/ws", lines)).status();
  }

  private Sender start(Map<String, String> environment) {
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.putIfAbsent("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
