package luna.sender.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LastPositionTest {
  private final LastPosition position = new LastPosition();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":{\"a\":1},\"position\":\"f-42-1-0-0\"}",
        "{\"live\":{\"replayed\":8,\"position\":\"f-42-1-0-0\"}}",
        "{\"position\":\"f-42-1-0-0\"}"
      })
  void lastValueOfAMessageIsItsPosition(String message) {
    read(message);
    assertThat(position.text()).isEqualTo("f-42-1-0-0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "}",
        "\"}",
        "{\"position\":\"1\",\"other\":\"2\"}",
        "{\"event\":{},\"Luna-Request-id\":\"1\"}",
        "\":\"position\"}"
      })
  void messageWithoutAPositionKeepsThePositionBefore(String message) {
    assertThat(position.isKnown()).isFalse();
    read("{\"position\":\"f-1\"}");
    read(message);
    assertThat(position.isKnown()).isTrue();
    assertThat(position.text()).isEqualTo("f-1");
  }

  @Test
  void shorterPositionReplacesALongerOne() {
    read("{\"position\":\"f-1234567\"}");
    read("{\"position\":\"f-1\"}");
    assertThat(position.text()).isEqualTo("f-1");
  }

  private void read(String message) {
    byte[] bytes = ("garbage" + message + "garbage").getBytes(US_ASCII);
    position.read(bytes, 7, 7 + message.length());
  }
}
