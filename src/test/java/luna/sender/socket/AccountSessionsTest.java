package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AccountSessionsTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 0, 1000, false",
    "1000, 1, 1000, true",
    "500, 1, 1000, true",
    "499, 1, 1000, false",
    "20, 16, 2000, false",
    "20, 50, 2000, true",
    "1, 1, 1, true",
    "0, 64, 10, false",
    "0, 0, 0, false",
    "2000000000, 64, 2000000000, true",
  })
  void framesAreJoinedIfClientsGetHalfAQueuedEventOrMore(
      int matched, int queued, int clients, boolean expected) {
    assertThat(AccountSessions.expectsJoinedFrames(matched, queued, clients)).isEqualTo(expected);
  }
}
