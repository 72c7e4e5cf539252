package luna.sender.cli.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import luna.sender.cli.command.DevelopmentCommand;
import luna.sender.cli.command.DurationConverter;
import luna.sender.cli.command.ExitHook;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Generates load on a Sender, and verifies and measures what its clients receive.
 *
 * <p>Shape: exit code 0 success, 1 could not connect, 2 invalid command line, 3 something was lost,
 * duplicated, out of order or wrong.
 *
 * <p>Errors: one line on standard error.
 */
@Command(
    name = "bench",
    header = "Generates load on a Sender, and verifies what its clients receive.",
    description =
        "Works with any server of the API: it only uses Redis, and WebSockets or Server-Sent"
            + " Events, with random accounts. Ctrl-C stops it early and prints the report.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    customSynopsis = "luna-sender bench [OPTIONS]",
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Success.",
      "1:A client could not connect or did not come back, or Redis failed.",
      "2:Invalid command line.",
      "3:Something was lost, duplicated, out of order or wrong."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  Latency of 1,000 clients at 50 events per second:",
      "    luna-sender bench -c 1000 -R 50 -d 1m",
      "  Maximum deliveries per second:",
      "    luna-sender bench -c 1000 --saturate --window 16",
      "  Server-Sent Events instead of WebSockets:",
      "    luna-sender bench -u http://127.0.0.1:5080/2/events -c 1000 --saturate --window 16",
      "  Time of 10,000 handshakes over TLS, 500 per second:",
      "    luna-sender bench -u wss://sender:5080/2/ws --ca-file ca.pem -c 10000 \\",
      "        --ramp 500/s",
      "  All clients reconnect at once, and continue if there is a history:",
      "    luna-sender bench -c 1000 --storm",
      "  Verify the filters; '' means no filter:",
      "    luna-sender bench -a 10 -f '' -f gender=1 -f 'age__gte=18&age__lt=30'"
    })
public final class BenchCommand implements Callable<Integer>, DevelopmentCommand {
  private static final double DEFAULT_RATE = 100;
  private static final int DEFAULT_WINDOW = 64;
  private static final List<String> SILENCED =
      List.of(
          "io.vertx.core.http.impl.HttpClientConnectionInternal",
          "io.vertx.core.net.impl.ConnectionBase");
  private static final Duration GRACE = Duration.ofSeconds(45);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectOptions connect = new ConnectOptions();

  @Option(
      names = {"-r", "--redis"},
      paramLabel = "URL",
      defaultValue = "redis://127.0.0.1:6379",
      description =
          "Redis to publish to; redis://user:password@host:port/number"
              + " (default: ${DEFAULT-VALUE}).")
  private String redis = "";

  @Option(
      names = {"-p", "--channel-prefix"},
      paramLabel = "TEXT",
      defaultValue = "luna-sender",
      description = "Part of the channel name before the colon (default: ${DEFAULT-VALUE}).")
  private String channelPrefix = "";

  @Option(
      names = {"-a", "--accounts"},
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Number of accounts; connections are distributed over them (default: ${DEFAULT-VALUE}).")
  private int accounts;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "QUERY",
      description =
          "A filter as in a client's URL, for example 'age__gte=18&gender=1'. If repeated,"
              + " the connections use the filters in turn (default: none).")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = {"-R", "--rate"},
      paramLabel = "N",
      description = "Events per second over all accounts, on a fixed schedule (default: 100).")
  private @Nullable Double rate;

  @Option(
      names = {"-s", "--saturate"},
      description = "Publishes as fast as events are delivered, instead of at a rate.")
  private boolean saturate;

  @Option(
      names = {"-w", "--window"},
      paramLabel = "N",
      description =
          "With --saturate: how many events the slowest client of an account may lag"
              + " (default: 64).")
  private @Nullable Integer window;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "Measured time: 500ms, 30s, 2m (default: ${DEFAULT-VALUE}).")
  private String duration = "";

  @Option(
      names = {"-W", "--warm-up"},
      paramLabel = "TIME",
      defaultValue = "2s",
      description = "Time before that, verified but not measured (default: ${DEFAULT-VALUE}).")
  private String warmUp = "";

  @Option(
      names = {"-b", "--event-bytes"},
      paramLabel = "BYTES",
      defaultValue = "1300",
      description = "Size of an event's JSON (default: ${DEFAULT-VALUE}).")
  private int eventBytes;

  @Option(
      names = {"-m", "--events-per-message"},
      paramLabel = "N",
      defaultValue = "1",
      description = "Events in one published message (default: ${DEFAULT-VALUE}).")
  private int eventsPerMessage;

  @Mixin private StormOptions storm = new StormOptions();

  @Option(
      names = {"-j", "--json"},
      description = "Prints the report as one JSON object.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Prints no progress.")
  private boolean quiet;

  @Override
  public Integer call() throws InterruptedException {
    BenchPlan plan = plan();
    silence();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ProgressLine progress = new ProgressLine(err, quiet);
    Bench bench = new Bench(plan, progress::show);
    // After Ctrl-C, the report is still printed.
    try (ExitHook onExit =
        new ExitHook(bench::halt, GRACE, "no report within " + GRACE.toSeconds() + " s")) {
      BenchReport report = bench.run();
      progress.end();
      out.println(json ? JsonReport.of(report).encode() : TextReport.of(report).stripTrailing());
      out.flush();
      return report.exitCode();
    } catch (BenchException failure) {
      progress.end();
      err.println("luna-sender: " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  /** Silences a warning per rejected or broken connection, because the report counts them. */
  private static void silence() {
    for (String name : SILENCED) {
      if (LoggerFactory.getLogger(name) instanceof Logger logger) {
        logger.setLevel(Level.OFF);
      }
    }
  }

  private BenchPlan plan() {
    if (saturate && rate != null) {
      throw bad("--rate", rate, "not together with --saturate");
    }
    if (!saturate && window != null) {
      throw bad("--window", window, "only together with --saturate");
    }
    try {
      return new BenchPlan(
          connect.url(),
          connect.trust(),
          connect.streamsPerConnection(),
          redis,
          channelPrefix,
          connect.connections(),
          accounts,
          filters,
          saturate ? OptionalDouble.empty() : OptionalDouble.of(rate == null ? DEFAULT_RATE : rate),
          window == null ? Math.max(DEFAULT_WINDOW, eventsPerMessage) : window,
          time("--warm-up", warmUp),
          time("--duration", duration),
          eventBytes,
          eventsPerMessage,
          connect.rate(),
          storm.plan(connect.isPaced() ? connect.rate() : 0));
    } catch (IllegalArgumentException failure) {
      throw new ParameterException(spec.commandLine(), failure.getMessage());
    }
  }

  private Duration time(String option, String text) {
    try {
      return DurationConverter.parse(text);
    } catch (IllegalArgumentException failure) {
      throw bad(option, text, DurationConverter.EXPECTED);
    }
  }

  private ParameterException bad(String option, Object value, String expected) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " (expected: " + expected + ")");
  }
}
