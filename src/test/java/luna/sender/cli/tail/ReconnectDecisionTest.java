package luna.sender.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReconnectDecisionTest {
  @ParameterizedTest
  @CsvSource({
    "1000, RECONNECT",
    "1001, RECONNECT",
    "1006, RECONNECT",
    "1011, RECONNECT",
    "1012, RECONNECT",
    "4008, RECONNECT",
    "4401, NEW_TOKEN",
    "4403, STOP",
    "1002, STOP",
    "1007, STOP",
    "1008, STOP",
    "1009, STOP",
  })
  void closeCodeDeterminesWhetherToReconnect(int code, ReconnectDecision.Next next) {
    assertThat(ReconnectDecision.ofClose(code).next()).isEqualTo(next);
  }

  @ParameterizedTest
  @CsvSource({
    "400, true, STOP, 2",
    "414, true, STOP, 2",
    "401, true, STOP, 3",
    "403, false, STOP, 3",
    "429, true, RECONNECT, 1",
    "503, true, RECONNECT, 1",
    "404, true, STOP, 1",
    "404, false, RECONNECT, 1",
    "502, true, STOP, 1",
    "502, false, RECONNECT, 1",
  })
  void responseStatusDeterminesWhetherToReconnect(
      int status, boolean first, ReconnectDecision.Next next, int exit) {
    ReconnectDecision decision = ReconnectDecision.ofStatus(status, first);
    assertThat(decision.next()).isEqualTo(next);
    assertThat(decision.exitCode()).isEqualTo(exit);
  }

  @Test
  void slowClientGetsAdvice() {
    assertThat(ReconnectDecision.ofClose(4008).hint()).contains("slow=drop_oldest");
  }
}
