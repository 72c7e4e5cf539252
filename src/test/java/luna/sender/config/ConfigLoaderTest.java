package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

class ConfigLoaderTest {
  private static final Map<String, String> NOTHING = Map.of();

  @TempDir Path folder;

  @Test
  void packedFileEqualsTheFileOfTheRepository() throws IOException {
    assertThat(YamlFile.defaults())
        .isEqualTo(YamlFile.parse("", Files.readString(Path.of("conf/config.yaml"))));
  }

  @Test
  void defaultsEqualThePackedFile() {
    Config config = ConfigLoader.load(null, NOTHING);

    assertThat(config.http().host()).isEqualTo("0.0.0.0");
    assertThat(config.http().port()).isEqualTo(5080);
    assertThat(config.http().transport()).isEqualTo(HttpSettings.Transport.AUTO);
    assertThat(config.ws().pingInterval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.logger().logLevel()).isEqualTo(Level.INFO);
    assertThat(config.logger().logToStdout()).isTrue();
    assertThat(config.logger().maxLogFileSizeMib()).isEqualTo(1024);
    assertThat(config.redis().reconnectDelayMin()).isEqualTo(Duration.ofMillis(50));
    assertThat(config.redis().password().isEmpty()).isTrue();
    assertThat(config.redis().sentinel().sentinels()).isEmpty();
    assertThat(config.redis().sentinel().isUsed()).isFalse();
    assertThat(config.auth().mode()).isEqualTo(AuthSettings.Mode.NONE);
    assertThat(config.influx().bucket()).isEqualTo("luna_monitoring");
    assertThat(config.metrics().enabled()).isTrue();
  }

  @Test
  void everyKeyHasACommentOrASelfExplainingName() throws IOException {
    List<String> selfExplaining = List.of("SENTINEL", "TOKEN", "BUCKET", "ORGANIZATION", "HOST");
    List<String> bare =
        Files.readAllLines(Path.of("conf/config.yaml")).stream()
            .filter(line -> line.startsWith("  ") && !line.contains("#"))
            .map(line -> line.strip().replaceFirst(":.*", ""))
            .toList();
    assertThat(selfExplaining).containsAll(bare);
  }

  @Test
  void fileOverridesDefaultsAndEnvironmentOverridesFile() throws IOException {
    Path file = file("REDIS_DB_ADDRESS:\n  HOST: from-file\n  PORT: 7000\n");

    Config config = ConfigLoader.load(file, Map.of("REDIS_DB_ADDRESS__HOST", "from-environment"));

    assertThat(config.redis().host()).isEqualTo("from-environment");
    assertThat(config.redis().port()).isEqualTo(7000);
    assertThat(config.redis().bridges()).isEqualTo(1);
  }

  @Test
  void environmentSetsEveryKindOfValue() {
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
                "LUNA_SENDER_HTTP_SETTINGS__TRANSPORT", "io_uring",
                "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER", "0.25",
                "LUNA_SENDER_LOGGER__LOG_LEVEL", "debug",
                "REDIS_DB_ADDRESS__PASSWORD", "12345",
                "REDIS_DB_ADDRESS__CHANNEL_PREFIX", "42",
                "REDIS_DB_ADDRESS__USE_SSL", "TRUE",
                "REDIS_DB_ADDRESS__VERIFY_HOSTNAME", "0",
                "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "mymaster",
                "REDIS_DB_ADDRESS__SENTINEL__SENTINELS", "10.0.0.1:26379, [::1]:26380"));

    assertThat(config.http().port()).isZero();
    assertThat(config.http().transport()).isEqualTo(HttpSettings.Transport.IO_URING);
    assertThat(config.ws().subscriptionLinger()).isEqualTo(Duration.ofMillis(250));
    assertThat(config.logger().logLevel()).isEqualTo(Level.DEBUG);
    assertThat(config.redis().password().value()).isEqualTo("12345");
    assertThat(config.redis().channelPrefix()).isEqualTo("42");
    assertThat(config.redis().useSsl()).isTrue();
    assertThat(config.redis().verifyHostname()).isFalse();
    assertThat(config.redis().sentinel().isUsed()).isTrue();
    assertThat(config.redis().sentinel().sentinels())
        .containsExactly("10.0.0.1:26379", "[::1]:26380");
  }

  @Test
  void environmentCanEmptyAListAndAText() throws IOException {
    Path file = file("REDIS_DB_ADDRESS: {USER: u, SENTINEL: {SENTINELS: ['a:1']}}");

    Config config =
        ConfigLoader.load(
            file,
            Map.of("REDIS_DB_ADDRESS__USER", "", "REDIS_DB_ADDRESS__SENTINEL__SENTINELS", ""));

    assertThat(config.redis().user()).isEmpty();
    assertThat(config.redis().sentinel().sentinels()).isEmpty();
  }

  @Test
  void everyKeyCanBeSetByTheEnvironment() {
    Map<String, String> environment = new LinkedHashMap<>();
    collect("", YamlFile.defaults(), environment);

    assertThat(ConfigLoader.load(null, environment)).isEqualTo(ConfigLoader.load(null, NOTHING));
  }

  @Test
  void variablesOfOtherProgramsAreIgnored() {
    Map<String, String> others =
        Map.of("PATH", "/bin", "REDIS_HOST", "x", "OTHER__KEY", "x", "REDIS_DB_ADDRESS", "x");
    assertThat(ConfigLoader.load(null, others)).isEqualTo(ConfigLoader.load(null, NOTHING));
  }

  @ParameterizedTest
  @CsvSource({"0, false", "1, true", "false, false", "true, true"})
  void flagsAreNumbersOrWords(String yaml, boolean flag) throws IOException {
    Path file = file("LUNA_SERVICE_METRICS:\n  ENABLED: " + yaml);
    assertThat(ConfigLoader.load(file, NOTHING).metrics().enabled()).isEqualTo(flag);
  }

  @ParameterizedTest
  @CsvSource({"''", "'# nothing'", "'LUNA_SENDER_AUTH:'", "'REDIS_DB_ADDRESS:\n  SENTINEL:'"})
  void fileCanBeEmpty(String yaml) throws IOException {
    assertThat(ConfigLoader.load(file(yaml), NOTHING)).isEqualTo(ConfigLoader.load(null, NOTHING));
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("config.yaml"), yaml);
  }

  private static String text(JsonNode value) {
    List<String> items = new ArrayList<>();
    value.forEach(item -> items.add(item.asText()));
    return value.isArray() ? String.join(",", items) : value.asText();
  }

  private static void collect(String prefix, ObjectNode section, Map<String, String> environment) {
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof ObjectNode inner) {
        collect(name + "__", inner, environment);
      } else {
        environment.put(name, text(entry.getValue()));
      }
    }
  }
}
