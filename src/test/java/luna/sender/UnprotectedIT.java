package luna.sender;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the warning about a public address without required tokens. */
final class UnprotectedIT {
  private static final String WARNING = "MODE is none: anyone who can reach this address";

  private static final Map<String, String> TOKENS =
      Map.of(
          "LUNA_SENDER_AUTH__MODE", "jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS", "HS256",
          "LUNA_SENDER_AUTH__SECRET", "a secret of thirty-two bytes or so",
          "LUNA_SENDER_AUTH__ISSUER", "issuer",
          "LUNA_SENDER_AUTH__AUDIENCE", "audience");

  @TempDir Path folder;

  @Test
  void publicAddressWithoutTokensCausesOneWarning() {
    try (TestRedis redis = new TestRedis()) {
      for (String host : List.of("0.0.0.0", "::")) {
        assertThat(warnings(redis, host, Map.of())).as(host).isEqualTo(1);
        assertThat(warnings(redis, host, TOKENS)).as(host).isZero();
      }
      for (String host : List.of("127.0.0.1", "127.0.0.2", "localhost", "::ffff:127.0.0.1")) {
        assertThat(warnings(redis, host, Map.of())).as(host).isZero();
      }
    }
  }

  @Test
  void loopbackAddressesAreRecognized() {
    for (String host : List.of("127.0.0.1", "127.255.255.254", "localhost", "LocalHost", "::1")) {
      assertThat(config(host).http().isLoopback()).as(host).isTrue();
    }
    for (String host : List.of("0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::2", "1::1", "events")) {
      assertThat(config(host).http().isLoopback()).as(host).isFalse();
    }
  }

  @Test
  void fileAndEnvironmentOverrideTheFallback() throws Exception {
    Map<String, String> fallback = Map.of("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    Path file =
        Files.writeString(
            folder.resolve("config.yaml"), "LUNA_SENDER_HTTP_SETTINGS: {HOST: 0.0.0.0}\n");
    Map<String, String> environment = Map.of("LUNA_SENDER_HTTP_SETTINGS__HOST", "10.0.0.1");
    assertThat(ConfigLoader.load(null, Map.of(), fallback).http().host()).isEqualTo("127.0.0.1");
    assertThat(ConfigLoader.load(file, Map.of(), fallback).http().host()).isEqualTo("0.0.0.0");
    assertThat(ConfigLoader.load(file, environment, fallback).http().host()).isEqualTo("10.0.0.1");
  }

  private static Config config(String host) {
    return ConfigLoader.load(null, Map.of("LUNA_SENDER_HTTP_SETTINGS__HOST", host));
  }

  /** Returns how many warnings a start and a stop log. */
  private static int warnings(TestRedis redis, String host, Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", host);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "2");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    TestLog log = TestLog.listen();
    try {
      Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
      await(sender.stop());
      return log.lines(WARNING).size();
    } finally {
      log.detach();
    }
  }
}
