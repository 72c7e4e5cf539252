package luna.sender.cli.doctor;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import luna.sender.cli.client.TlsTrust;
import luna.sender.cli.client.TrustOptions;
import luna.sender.cli.command.ConfigOption;
import luna.sender.cli.command.DurationConverter;
import luna.sender.cli.command.ErrorLine;
import luna.sender.cli.command.ProcessExit;
import luna.sender.cli.tail.Endpoint;
import luna.sender.cli.tail.OperatorToken;
import luna.sender.config.ConfigException;
import luna.sender.config.ConfigLoader;
import luna.sender.config.RedisAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Collects the state of a node and of its Redis into one file, and says what looks wrong.
 *
 * <p>Errors: one line on standard error.
 */
@Command(
    name = "doctor",
    header = "Says what looks wrong with a node, and collects its state into one file.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    descriptionHeading = "%n",
    description = {
      "Asks the node for its version, configuration (secrets are masked), health and metrics, its"
          + " Redis for its state and its subscribers, and, with an operator's token, the node for"
          + " its latest log lines. The file has no event and no token. Ids of accounts and"
          + " requests, IP addresses and names of operators are replaced, the same one by the same"
          + " name: account-1, address-2."
    },
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Nothing looks broken.",
      "1:Something is broken.",
      "2:Invalid command line, or the file could not be written."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL              Default of --url.",
      "  LUNA_SENDER_OPERATOR_TOKEN   The token. Other users could see it in an option.",
      "  REDIS_DB_ADDRESS__...        Redis, as for the service.",
      "",
      "Examples:",
      "  Before you restart a node:",
      "    luna-sender doctor --url http://node1:5080 --output node1.txt",
      "  Without an operators' API, with the end of the log:",
      "    journalctl -u luna-sender -n 500 -o cat > log; luna-sender doctor --log-file log"
    })
public final class DoctorCommand extends ConfigOption implements Callable<Integer> {
  private static final Duration WAIT = Duration.ofMinutes(3);
  @Spec private CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  @Option(
      names = {"-u", "--url"},
      paramLabel = "URL",
      defaultValue = "${env:LUNA_SENDER_URL:-http://127.0.0.1:5080}",
      description = "The node: http, https, ws or wss, host and port (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = "luna-sender-doctor.txt",
      description = "The file for all that was collected (default: ${DEFAULT-VALUE}).")
  private Path output = Path.of("");

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "5s",
      description =
          "Time between two samples of the metrics, which tell what happens now (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration interval = Duration.ofSeconds(5);

  @Option(
      names = "--no-redis",
      description = "Doesn't ask Redis, for example because it cannot be reached from here.")
  private boolean withoutRedis;

  @Mixin private OperatorToken token = new OperatorToken();

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description = "A log of the node, instead of asking it: the last 500 lines are used.")
  private @Nullable Path logFile;

  @Mixin private TrustOptions trust = new TrustOptions();

  DoctorCommand() {
    this(System.getenv());
  }

  DoctorCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    Endpoint endpoint = endpoint();
    TlsTrust trusted = trust.trust();
    String token = token();
    String log = log();
    if (token != null && endpoint.isExposed()) {
      ErrorLine.print(spec, "warning: " + Endpoint.EXPOSED_TOKEN);
    }
    RedisAddress redis = withoutRedis ? null : redis();
    Vertx vertx = Vertx.vertx();
    try {
      Context context = vertx.getOrCreateContext();
      Promise<Doctor.Result> collected = Promise.promise();
      context.runOnContext(
          go ->
              new Doctor(vertx, endpoint.base(), trusted, redis, interval, token)
                  .run(log)
                  .onComplete(collected));
      return report(ProcessExit.await(collected.future(), WAIT));
    } finally {
      ProcessExit.close(vertx);
    }
  }

  private int report(Doctor.Result result) {
    String findings =
        result.findings().isEmpty()
            ? "nothing looks wrong"
            : result.findings().stream()
                .map(Finding::line)
                .collect(Collectors.joining(System.lineSeparator()));
    try {
      Files.writeString(output, file(findings, result.evidence()));
    } catch (IOException failure) {
      throw new ParameterException(
          spec.commandLine(), "--output: " + output + " (expected: a writable file)");
    }
    print(findings);
    result.evidence().missing().forEach(each -> print("not collected: " + each));
    print("everything that was collected: " + output);
    return result.findings().stream().anyMatch(each -> each.severity() == Finding.Severity.BROKEN)
        ? 1
        : 0;
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private static String file(String findings, Evidence evidence) {
    StringBuilder text = new StringBuilder("== What looks wrong\n").append(findings).append('\n');
    evidence.missing().forEach(each -> text.append("not collected: ").append(each).append('\n'));
    evidence
        .texts()
        .forEach(
            (title, body) ->
                text.append("\n== ").append(title).append('\n').append(body.strip()).append('\n'));
    return new IdMask().of(text.toString());
  }

  private @Nullable String token() {
    try {
      return token.read(environment);
    } catch (IllegalArgumentException invalid) {
      throw new ParameterException(spec.commandLine(), invalid.getMessage());
    }
  }

  /** Returns the end of the log file; empty without the option. */
  private String log() {
    try {
      return logFile == null ? "" : LogFile.lastLines(logFile);
    } catch (IOException failure) {
      throw new ParameterException(
          spec.commandLine(), "--log-file: " + logFile + " (expected: a readable file)");
    }
  }

  private Endpoint endpoint() {
    try {
      return Endpoint.parse(url);
    } catch (IllegalArgumentException invalid) {
      throw new ParameterException(spec.commandLine(), invalid.getMessage());
    }
  }

  private RedisAddress redis() {
    try {
      return ConfigLoader.load(file(), environment).redis();
    } catch (ConfigException invalid) {
      throw new ParameterException(spec.commandLine(), invalid.getMessage());
    }
  }
}
