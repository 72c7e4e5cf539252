package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.bridge.Deduplicator.Side.CURRENT;
import static luna.sender.bridge.Deduplicator.Side.FORMER;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DeduplicatorTest {
  private final Deduplicator deduplicator = new Deduplicator();

  @Test
  void messageIsAcceptedFromTheFirstSideToDeliverIt() {
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "b")).isTrue();
    assertThat(take(FORMER, "b")).isFalse();
  }

  @Test
  void equalMessagesOfOneSideAreAllAccepted() {
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(FORMER, "a")).isTrue();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "a")).isFalse();
    assertThat(take(CURRENT, "a")).isTrue();
    assertThat(take(FORMER, "a")).isFalse();
  }

  @Test
  void sameBytesOnAnotherChannelAreADifferentMessage() {
    assertThat(deduplicator.take(FORMER, "one", "a".getBytes(UTF_8))).isTrue();
    assertThat(deduplicator.take(CURRENT, "two", "a".getBytes(UTF_8))).isTrue();
  }

  @Test
  void oldestMessagesAreEvicted() {
    for (int i = 0; i <= Deduplicator.LIMIT; i++) {
      assertThat(take(FORMER, "message " + i)).isTrue();
    }
    assertThat(take(CURRENT, "message " + Deduplicator.LIMIT)).isFalse();
    assertThat(take(CURRENT, "message 0")).isTrue();
  }

  private boolean take(Deduplicator.Side side, String text) {
    return deduplicator.take(side, "luna-sender:a", text.getBytes(UTF_8));
  }
}
