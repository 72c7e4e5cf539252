package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.bridge.Twins.Side.CURRENT;
import static luna.sender.bridge.Twins.Side.FORMER;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TwinsTest {
  private final Twins twins = new Twins();

  @Test
  void messageIsTakenFromTheSideThatBringsItFirst() {
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "b")).isTrue();
    assertThat(take(FORMER, "b")).isFalse();
  }

  @Test
  void equalMessagesOfOneSideAreAllTaken() {
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "a")).isTrue();
    assertThat(take(FORMER, "a")).isFalse();
  }

  @Test
  void sameBytesOnAnotherChannelAreAnotherMessage() {
    assertThat(twins.take(FORMER, "one", "a".getBytes(UTF_8))).isTrue();
    assertThat(twins.take(CURRENT, "two", "a".getBytes(UTF_8))).isTrue();
  }

  @Test
  void oldestMessagesAreForgotten() {
    for (int i = 0; i <= Twins.LIMIT; i++) {
      assertThat(take(FORMER, "message " + i)).isTrue();
    }
    assertThat(take(CURRENT, "message " + Twins.LIMIT)).isFalse();
    assertThat(take(CURRENT, "message 0")).isTrue();
  }

  private boolean take(Twins.Side side, String text) {
    return twins.take(side, "luna-sender:a", text.getBytes(UTF_8));
  }
}
