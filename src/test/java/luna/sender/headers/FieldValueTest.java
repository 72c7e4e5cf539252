package luna.sender.headers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests lists and parameters of header fields, as in RFC 9110 section 5.6. */
final class FieldValueTest {
  private static final int MANY = 2_000_000;

  @Test
  void linesOfAFieldAreOneListWithoutEmptyElements() {
    assertThat(FieldValue.list(List.of("a , b", "", " ,\tc\t,, d,")))
        .containsExactly("a", "b", "c", "d");
    assertThat(FieldValue.list(List.of())).isEmpty();
  }

  @Test
  void separatorInAQuotedStringDoesNotSeparate() {
    assertThat(FieldValue.list(List.of("for=1;host=\"a,for=2;x=\\\",\"", "for=3")))
        .containsExactly("for=1;host=\"a,for=2;x=\\\",\"", "for=3");
    assertThat(FieldValue.split("a;b=\"c;d\" ; e", ';')).containsExactly("a", "b=\"c;d\"", "e");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"", "a, \"b", "\"\\\"", "a\"b\"c\""})
  void unterminatedQuotedStringIsMalformed(String line) {
    assertThat(FieldValue.list(List.of("a", line))).isNull();
    assertThat(FieldValue.split(line, ';')).isNull();
  }

  @Test
  void elementIsFoundInAnyCase() {
    assertThat(FieldValue.contains(List.of("keep-alive", "Upgrade"), "upgrade")).isTrue();
    assertThat(FieldValue.contains(List.of("upgrades"), "upgrade")).isFalse();
    assertThat(FieldValue.contains(null, "upgrade")).isFalse();
  }

  @Test
  void parametersHaveLowerCaseNamesAndUnquotedValues() {
    assertThat(FieldValue.parameters("For=\"[::1]:80\"; proto = http;host=\"a\\\"b\"; c"))
        .isEqualTo(Map.of("for", "[::1]:80", "proto", "http", "host", "a\"b", "c", ""));
    assertThat(FieldValue.parameters("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=a", "a=", "a=b=c", "a=b;A=c", "a=\"b\"c", "a=\"b", "a b=c", "a=\"\1\"", "a=b c"})
  void malformedParametersAreIgnored(String text) {
    assertThat(FieldValue.parameters(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\t", ",", ";", "\"", "\\", "=", "\"\"", "a", "a=\"b,\";", "\\\""})
  void timeIsLinearInTheLength(String fill) {
    String line = "a" + fill.repeat(MANY / fill.length()) + "b";
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          FieldValue.list(List.of(line, line));
          FieldValue.parameters(line);
          FieldValue.unquote('"' + line + '"');
        });
  }
}
