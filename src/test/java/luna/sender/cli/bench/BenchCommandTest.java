package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Tests which command lines are rejected before anything is connected. */
final class BenchCommandTest {
  private final StringWriter err = new StringWriter();
  private final CommandLine command =
      new CommandLine(new BenchCommand()).setErr(new PrintWriter(err));

  @ParameterizedTest
  @CsvSource({
    "--url, ftp://127.0.0.1/2/ws",
    "--http2-streams, 5",
    "--url, ws://127.0.0.1/2/ws?gender=1",
    "--url, ::",
    "--channel-prefix, ''",
    "--connections, 0",
    "--connections, many",
    "--accounts, 2000",
    "--filter, genders=1",
    "--rate, 0",
    "--rate, NaN",
    "--window, 5",
    "--duration, 5",
    "--duration, 0s",
    "--warm-up, -1s",
    "--event-bytes, 10",
    "--events-per-message, 0",
    "--connect-rate, 0",
    "--ramp, 0",
    "--ramp, 5/m",
    "--ca-file, /none.pem",
    "--ca, /dev/null",
  })
  void invalidOptionIsNamedWithItsValue(String option, String value) {
    assertThat(command.execute(option, value)).isEqualTo(2);
    assertThat(firstLine()).contains(option).contains(value);
  }

  @Test
  void invalidRedisUrlIsNotShown() {
    assertThat(command.execute("--redis", "s3cret@127.0.0.1:6379")).isEqualTo(2);
    assertThat(firstLine()).contains("--redis").doesNotContain("s3cret");
  }

  @Test
  void rateAndSaturateAreExclusive() {
    assertThat(command.execute("--saturate", "--rate", "5")).isEqualTo(2);
    assertThat(firstLine()).isEqualTo("--rate: 5.0 (expected: not together with --saturate)");
  }

  @Test
  void windowBelowTheEventsOfAMessageIsRejected() {
    assertThat(command.execute("-s", "-m", "10", "-w", "9")).isEqualTo(2);
    assertThat(firstLine()).isEqualTo("--window: 9 (expected: 10 to 65536)");
  }

  @Test
  void tlsOptionsRequireAnEncryptedUrlAndExcludeEachOther() {
    assertThat(command.execute("--insecure")).isEqualTo(2);
    assertThat(firstLine())
        .isEqualTo("--insecure: ws://127.0.0.1:5080/2/ws (expected: only with a wss or https URL)");
    err.getBuffer().setLength(0);
    assertThat(command.execute("-u", "wss://127.0.0.1", "-k", "--ca", "x")).isEqualTo(2);
    assertThat(firstLine()).isEqualTo("--insecure: with --ca-file (expected: only one of the two)");
  }

  @ParameterizedTest
  @CsvSource({
    "--storm-share=0, '--storm-share: 0.0 (expected: above 0, at most 1)'",
    "--storm-share=1.5, '--storm-share: 1.5 (expected: above 0, at most 1)'",
    "--storm-away=25h, '--storm-away: PT25H (expected: 0s to 24h)'",
    "--storm-away=soon, '--storm-away: soon (expected: a whole number with unit ms, s, m or h, such as 30s)'",
    "--saturate, '--storm: with --saturate (expected: only with a --rate)'",
    "--http2-streams=5, '--storm: with --http2-streams (expected: a connection for each client)'",
  })
  void invalidOptionOfAStormIsNamed(String option, String error) {
    assertThat(command.execute("-u", "https://127.0.0.1/2/events", "--storm", option)).isEqualTo(2);
    assertThat(firstLine()).isEqualTo(error);
  }

  @Test
  void optionsOfAStormRequireAStorm() {
    assertThat(command.execute("--storm-share", "0.5")).isEqualTo(2);
    assertThat(firstLine()).isEqualTo("--storm-share: 0.5 (expected: only together with --storm)");
    err.getBuffer().setLength(0);
    assertThat(command.execute("--storm-away", "1s")).isEqualTo(2);
    assertThat(firstLine()).isEqualTo("--storm-away: 1s (expected: only together with --storm)");
  }

  private String firstLine() {
    return err.toString().lines().findFirst().orElseThrow();
  }
}
