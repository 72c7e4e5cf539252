package luna.sender.cli.bench;

import java.time.Duration;
import luna.sender.cli.command.DurationConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of {@link BenchCommand} for a reconnect storm.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the option.
 *
 * <p>Owner: one thread.
 */
final class StormOptions {
  @Option(
      names = "--storm",
      description =
          "After the warm-up, all clients lose their connections, and come back at once, or at"
              + " --ramp. If the server keeps a history, they continue after their last event.")
  private boolean storm;

  @Option(
      names = "--storm-share",
      paramLabel = "N",
      description = "With --storm: the part of the clients for which it is so (default: 1).")
  private @Nullable Double share;

  @Option(
      names = "--storm-away",
      paramLabel = "TIME",
      description = "With --storm: how long they stay away (default: 0s).")
  private @Nullable String away;

  /**
   * Returns the plan, or null without a storm.
   *
   * @param handshakesPerSecond 0 = all at once
   */
  @Nullable StormPlan plan(int handshakesPerSecond) {
    if (storm) {
      return new StormPlan(share == null ? 1 : share, away(), handshakesPerSecond);
    }
    if (share != null) {
      throw alone("--storm-share", share);
    }
    if (away != null) {
      throw alone("--storm-away", away);
    }
    return null;
  }

  private Duration away() {
    if (away == null) {
      return Duration.ZERO;
    }
    try {
      return DurationConverter.parse(away);
    } catch (IllegalArgumentException failure) {
      throw new IllegalArgumentException("--storm-away: " + failure.getMessage());
    }
  }

  private static IllegalArgumentException alone(String option, Object value) {
    return new IllegalArgumentException(
        option + ": " + value + " (expected: only together with --storm)");
  }
}
