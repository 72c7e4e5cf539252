package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which texts are numbers. */
final class NumberSyntaxTest {
  private static final String FORTY = "1234567890123456789012345678901234567890";

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0", "007", "-1", "123456789012345678"})
  void integerHasUpTo18Digits(String text) {
    assertThat(NumberSyntax.isInteger(text)).isTrue();
    assertThat(NumberSyntax.isNumber(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "--1", "+1", "1.", "1e3", "1234567890123456789", " 1", "1 ", "٣"})
  void otherTextIsNotAnInteger(String text) {
    assertThat(NumberSyntax.isInteger(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.",
        ".5",
        "-.5",
        "1.5e3",
        "1E-300",
        ".5e+9",
        FORTY,
        FORTY + "." + FORTY + "e999"
      })
  void numberHasUpTo40DigitsOnEachSide(String text) {
    assertThat(NumberSyntax.isNumber(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "-",
        "-.",
        "e1",
        ".e1",
        "1e",
        "1e+",
        "1e1234",
        "1.5.5",
        "+1",
        "1f",
        "NaN",
        "0x1",
        FORTY + "1",
        "." + FORTY + "1",
        "1 "
      })
  void otherTextIsNotANumber(String text) {
    assertThat(NumberSyntax.isNumber(text)).isFalse();
  }
}
