package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OperatorFileTest {
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  @TempDir Path folder = Path.of("");

  @Test
  void eachLineIsAnOperator() throws IOException {
    assertThat(read("# who may\n\nalice read,close " + TOKEN + "\r\n  bob\tread  " + TOKEN + "2"))
        .containsExactly(
            new Operator("alice", true, new Secret(TOKEN)),
            new Operator("bob", false, new Secret(TOKEN + "2")))
        .asString()
        .doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice TOKEN | line 1 (expected: name, scopes and token, separated by blanks)",
        "alice read TOKEN more | line 1 (expected: name, scopes and token, separated by blanks)",
        "alice close TOKEN | line 1 (expected: the scopes read or read,close)",
        "alice read short | line 1 (expected: a token of 32 or more visible ASCII characters)",
        "alice read TOKENé | line 1 (expected: a token of 32 or more visible ASCII characters)",
        "a/b read TOKEN | line 1 (expected: a name of at most 64 letters, digits and . _ @ -)",
        "a read TOKEN;b read TOKEN | line 2 (expected: a name and a token that no other line has)",
        "a read TOKEN;a read TOKEN2 | line 2 (expected: a name and a token that no other line has)",
      })
  void invalidFileIsRejectedByLineWithoutItsContents(String text, String expected)
      throws IOException {
    String content = text.replace("TOKEN", TOKEN).replace(';', '\n');
    assertThatThrownBy(() -> read(content))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("TOKENS_FILE: ")
        .hasMessageEndingWith(expected)
        .message()
        .doesNotContain(TOKEN)
        .doesNotContain("alice");
  }

  @Test
  void fileWithoutOperatorsIsRejectedAtTheStartOnly() throws IOException {
    assertThat(read("# alice read " + TOKEN)).isEmpty();
    String file = folder.resolve("file").toString();
    assertThatThrownBy(() -> new AdminSettings(file, Duration.ZERO))
        .hasMessage("TOKENS_FILE: " + file + " (expected: at least one operator)");
  }

  @Test
  void missingAndEndlessFilesAreRejected() {
    assertThatThrownBy(() -> OperatorFile.read("TOKENS_FILE", folder + "/none"))
        .hasMessageEndingWith("(expected: an existing file)");
    assertThatThrownBy(() -> OperatorFile.read("TOKENS_FILE", "/dev/zero"))
        .hasMessageEndingWith("(expected: a file of at most 65536 bytes)");
  }

  private List<Operator> read(String text) throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, text);
    return OperatorFile.read("TOKENS_FILE", file.toString());
  }
}
