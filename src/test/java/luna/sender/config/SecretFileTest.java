package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecretFileTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  /** Every secret of the configuration, with a valid value. */
  private static final Map<String, String> SECRETS =
      Map.of(
          "REDIS_DB_ADDRESS.PASSWORD", SECRET,
          "REDIS_DB_ADDRESS.SENTINEL.PASSWORD", SECRET,
          "LUNA_SENDER_AUTH.SECRET", SECRET,
          "INFLUX_MONITORING.TOKEN", SECRET,
          "LUNA_SENDER_TRACING.HEADERS", "authorization=" + SECRET);

  @TempDir Path folder;

  @Test
  void trailingLineBreakIsNotPartOfTheSecret() throws IOException {
    for (String end : List.of("", "\n", "\r\n")) {
      assertThat(read("pass word/é" + end).value()).isEqualTo("pass word/é");
    }
    assertThat(read(" x \n").value()).isEqualTo(" x ");
  }

  @Test
  void invalidSecretFileIsRejectedWithItsPathButNotItsContent() throws IOException {
    for (String bad :
        List.of("", "\n", "\r\n", SECRET + "\n\n", SECRET + "\n" + SECRET, SECRET + "\t")) {
      assertThatThrownBy(() -> read(bad))
          .hasMessage("KEY: " + file() + " (expected: one line, without control characters)")
          .hasMessageNotContaining(SECRET);
    }
    Files.write(file(), new byte[] {'a', (byte) 0xFF});
    assertThatThrownBy(() -> SecretFile.read("KEY", file().toString()))
        .hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> SecretFile.read("KEY", "/dev/zero")).hasMessageContaining("at most");
    assertThatThrownBy(() -> SecretFile.read("KEY", folder.toString()))
        .hasMessage("KEY: " + folder + " (expected: a readable file)");
    assertThatThrownBy(() -> SecretFile.read("KEY", "no\u0000path"))
        .hasMessageStartingWith("KEY: ");
  }

  @Test
  void everySecretCanBeInAFileWhosePathIsShown() throws IOException {
    for (Map.Entry<String, String> secret : SECRETS.entrySet()) {
      String section = secret.getKey().substring(0, secret.getKey().lastIndexOf('.'));
      Files.writeString(file(), secret.getValue() + "\n");
      Config config = load(secret.getKey() + "_FILE", file().toString());
      Map<?, ?> shown = config.masked();
      for (String key : section.split("\\.", -1)) {
        shown = (Map<?, ?>) Objects.requireNonNull(shown.get(key));
      }
      String name = secret.getKey().substring(section.length() + 1);
      assertThat(shown.get(name)).isEqualTo("********");
      assertThat(shown.get(name + "_FILE")).isEqualTo(file().toString());
      assertThat(config.toText()).doesNotContain(SECRET);
    }
  }

  @Test
  void secretAndItsFileTogetherAreRejectedWithBothNames() throws IOException {
    for (Map.Entry<String, String> secret : SECRETS.entrySet()) {
      String key = secret.getKey();
      String name = key.substring(key.lastIndexOf('.') + 1);
      Files.writeString(file(), secret.getValue());
      assertThatThrownBy(() -> load(key, secret.getValue(), key + "_FILE", file().toString()))
          .as(key)
          .hasMessageContaining(key + "_FILE: " + file() + " (expected: \"\", because " + name)
          .hasMessageNotContaining(SECRET);
    }
  }

  @Test
  void missingFileStopsTheStart() {
    for (String key : SECRETS.keySet()) {
      assertThatThrownBy(() -> load(key + "_FILE", "/no/such/file"))
          .as(key)
          .hasMessageContaining(key + "_FILE: /no/such/file (expected: an existing file)");
    }
  }

  @Test
  void contentIsCheckedLikeTheSecret() throws IOException {
    Files.writeString(file(), "short");
    assertThatThrownBy(() -> load("LUNA_SENDER_AUTH.SECRET_FILE", file().toString()))
        .hasMessageContaining(file() + " (expected: 32 bytes or more)")
        .hasMessageNotContaining("short");
    assertThatThrownBy(() -> load("LUNA_SENDER_TRACING.HEADERS_FILE", file().toString()))
        .hasMessageContaining(file() + " (expected: name=value")
        .hasMessageNotContaining("short");
    Files.writeString(file(), "two words");
    assertThatThrownBy(() -> load("INFLUX_MONITORING.TOKEN_FILE", file().toString()))
        .hasMessageContaining(file() + " (expected: visible ASCII characters)")
        .hasMessageNotContaining("two words");
  }

  private Path file() {
    return folder.resolve("secret");
  }

  private Secret read(String content) throws IOException {
    Files.write(file(), content.getBytes(StandardCharsets.UTF_8));
    return SecretFile.read("KEY", file().toString());
  }

  private static Config load(String... keysAndValues) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      environment.put(keysAndValues[i].replace(".", "__"), keysAndValues[i + 1]);
      if (keysAndValues[i].startsWith("LUNA_SENDER_AUTH")) {
        environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
        environment.put("LUNA_SENDER_AUTH__ALGORITHMS", "HS256");
        environment.put("LUNA_SENDER_AUTH__ISSUER", "issuer");
        environment.put("LUNA_SENDER_AUTH__AUDIENCE", "audience");
      }
    }
    return ConfigLoader.load(null, environment);
  }
}
