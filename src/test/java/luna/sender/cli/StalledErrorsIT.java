package luna.sender.cli;

import static luna.sender.testing.PackagedCommand.STALLED_ERRORS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.util.Map;
import luna.sender.testing.PackagedCommand;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests commands of the packaged jar that fail to start, and whose standard error nobody reads.
 *
 * <p>The tests run concurrently: each is its own process.
 */
final class StalledErrorsIT {
  /** The error cannot be printed, but the exit code reports it. */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @ValueSource(
      strings = {
        "run",
        "demo",
        "bench",
        "tail",
        "publish",
        "check-config",
        "train",
        "completion",
        ""
      })
  void misusedCommandEnds(String command) throws Exception {
    String[] arguments = command.isEmpty() ? new String[] {"--no"} : new String[] {command, "--no"};
    try (PackagedCommand misused = PackagedCommand.startBy(STALLED_ERRORS, Map.of(), arguments)) {
      assertThat(misused.exitCode()).isEqualTo(2);
    }
  }

  /** This error message comes from another class. */
  @ParameterizedTest
  @Execution(CONCURRENT)
  @ValueSource(strings = {"run", "demo", "check-config"})
  void commandThatCannotStartEnds(String command) throws Exception {
    Map<String, String> bad = Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "http");
    try (PackagedCommand failed = PackagedCommand.startBy(STALLED_ERRORS, bad, command)) {
      assertThat(failed.exitCode()).isEqualTo(1);
    }
  }
}
