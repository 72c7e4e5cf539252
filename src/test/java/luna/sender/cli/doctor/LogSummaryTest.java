package luna.sender.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LogSummaryTest {
  private static final String TIME = "2026-11-24 10:00:00.000 ";

  @Test
  void linesAreCountedByMessageWithTheSuppressedOnes() {
    LogSummary summary =
        LogSummary.of(
            TIME
                + "WARN  [luna.sender.bridge.RedisBridge] Malformed payload account=a suppressed=7\n"
                + TIME
                + "WARN  [luna.sender.bridge.RedisBridge] Malformed payload account=b\n"
                + TIME
                + "WARN  [luna.sender.bridge.RedisLink] Redis is unavailable; retrying cause=away\n"
                + TIME
                + "ERROR [luna.sender.metrics.FaultGuard] Fault caught step=match\n"
                + "java.lang.IllegalStateException: WARN  [a] no line\n"
                + TIME
                + "INFO  [luna.sender.Sender] Stopped\n");
    assertThat(summary.warnings(3)).isEqualTo("'Malformed payload' 9");
    assertThat(summary.warnings(1))
        .isEqualTo("'Malformed payload' 9, 'Redis is unavailable; retrying' 1");
    assertThat(summary.errors()).isEqualTo("'Fault caught' 1");
    assertThat(summary.hasError("Fault caught")).isTrue();
  }

  @Test
  void jsonIsCountedLikeText() {
    LogSummary summary =
        LogSummary.of(
            """
            {"timestamp":1,"level":"WARN","loggerName":"a","formattedMessage":"Odd","kvpList":[{"suppressed":"2"}]}
            {"timestamp":1,"level":"INFO","loggerName":"a","formattedMessage":"Started"}
            {"timestamp":1,"level":"WARN","loggerN
            {"level":7}
            """);
    assertThat(summary.warnings(1)).isEqualTo("'Odd' 3");
    assertThat(summary.errors()).isEmpty();
  }

  @Test
  void manyMessagesAreCutToTheMostFrequent() {
    StringBuilder log = new StringBuilder();
    for (char message = 'a'; message <= 'g'; message++) {
      for (int i = message; i <= 'g'; i++) {
        log.append(TIME).append("ERROR [x] ").append(message).append('\n');
      }
    }
    assertThat(LogSummary.of(log.toString()).errors())
        .isEqualTo("'a' 7, 'b' 6, 'c' 5, 'd' 4, 'e' 3 and 2 other messages");
  }
}
