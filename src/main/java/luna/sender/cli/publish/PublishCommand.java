package luna.sender.cli.publish;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import luna.sender.bridge.RedisPublisher;
import luna.sender.bridge.history.HistoryAppender;
import luna.sender.cli.command.AccountOptions;
import luna.sender.cli.command.ErrorLine;
import luna.sender.cli.command.ExitHook;
import luna.sender.cli.command.ProcessExit;
import luna.sender.config.Config;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Publishes events from a file or a pipe to Redis, as the platform does.
 *
 * <p>Shape: prints a summary on standard output, and everything else on standard error. With {@code
 * --dry-run}, prints the payloads on standard output.
 *
 * <p>Errors: one line on standard error, with the line of the input and the path in it.
 */
@Command(
    name = "publish",
    header = "Publishes events to Redis, as the platform does.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "luna-sender publish [OPTIONS] --account=UUID [FILE...]",
    descriptionHeading = "%n",
    description = {
      "The input is JSON: whole payloads, bare events, or messages as printed by"
          + " tail --json, one after another or in an array. Events and messages"
          + " are wrapped into payloads.",
      "A file is validated completely before anything is published; input from"
          + " a pipe is validated and published as it arrives."
    },
    parameterListHeading = "%nInput:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Everything was published.",
      "1:Could not connect to Redis.",
      "2:Invalid command line or input.",
      "3:Redis rejected the user, the password or the channel.",
      "4:The connection to Redis was lost.",
      "130:Ctrl-C."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_ACCOUNT        Default of --account.",
      "  REDIS_DB_ADDRESS__...      Redis, as for the service.",
      "",
      "Examples:",
      "  Publish one event:",
      "    echo '{\"source\": \"cam1\"}' | luna-sender publish -a $ACCOUNT",
      "  Copy the events of one Sender to another Redis:",
      "    luna-sender tail -a $ACCOUNT --json |",
      "        luna-sender publish -a $ACCOUNT --redis redis://test:6379",
      "  Replay a recording ten times at 50 payloads per second:",
      "    luna-sender publish -a $ACCOUNT --rate 50 --repeat 10 events.json",
      "  Print what would be published, without Redis:",
      "    luna-sender publish -a $ACCOUNT --dry-run events.json"
    })
public final class PublishCommand extends AccountOptions implements Callable<Integer> {
  private static final int NOT_CONNECTED = 1;
  private static final int BAD_INPUT = 2;
  private static final int REFUSED = 3;
  private static final int LOST = 4;
  private static final Duration CONNECT_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration GRACE = Duration.ofSeconds(8);

  @Spec private CommandSpec spec = CommandSpec.create();

  private final InputStream in;

  /** In lower case. */
  private String account = "";

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Files to publish; - is standard input (default: standard input).")
  private List<String> files = new ArrayList<>();

  @Option(
      names = {"-R", "--rate"},
      paramLabel = "N",
      description = "Payloads per second (default: as fast as Redis accepts them).")
  private @Nullable Double rate;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often to publish the files (default: ${DEFAULT-VALUE}).")
  private int repeat;

  @Option(
      names = "--history",
      description =
          "Appends the payloads to the history of the account, which publishes them too. With the"
              + " MAX_EVENTS and RETENTION of the configuration.")
  private boolean history;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Prints the payloads, one per line, and publishes nothing.")
  private boolean dryRun;

  @Option(
      names = "--no-validate",
      description = "Publishes each line unchanged, without validation.")
  private boolean unchecked;

  PublishCommand() {
    this(System.in, System.getenv());
  }

  PublishCommand(InputStream in, Map<String, String> environment) {
    super(environment);
    this.in = in;
  }

  @Override
  public Integer call() throws Exception {
    check();
    if (dryRun) {
      PrintWriter out = spec.commandLine().getOut();
      PublishJob job =
          newJob(
              payload -> {
                out.println(new String(payload, StandardCharsets.UTF_8));
                return Future.succeededFuture(0);
              });
      int code = checkFiles(job) ? run(job) : BAD_INPUT;
      out.flush();
      return code;
    }
    Vertx vertx = Vertx.vertx();
    try {
      return history ? append(vertx) : publish(vertx);
    } finally {
      ProcessExit.close(vertx);
    }
  }

  private int publish(Vertx vertx) throws InterruptedException {
    RedisPublisher publisher = new RedisPublisher(vertx, loaded().redis(), account);
    return publish(publisher::start, newJob(publisher::publish), publisher.channel());
  }

  private int append(Vertx vertx) throws InterruptedException {
    Config config = loaded();
    HistoryAppender appender =
        new HistoryAppender(vertx, config.redis(), config.history(), account);
    PublishJob job = newJob(payload -> appender.append(payload).map(position -> 1));
    return publish(appender::start, job, appender.stream());
  }

  private int publish(Supplier<Future<Void>> start, PublishJob job, String target)
      throws InterruptedException {
    if (!checkFiles(job)) {
      return BAD_INPUT;
    }
    try {
      ProcessExit.await(start.get(), CONNECT_TIMEOUT);
    } catch (Exception failure) {
      return failed(failure, NOT_CONNECTED);
    }
    return report(run(job), job.report(), target);
  }

  private PublishJob newJob(Function<byte[], Future<Integer>> outlet) {
    return new PublishJob(outlet, rate == null ? 0 : rate, !unchecked);
  }

  private void check() {
    account = account();
    if (rate != null && !(rate > 0 && rate <= 1e6)) {
      throw bad("--rate", rate, "a number above 0, up to 1000000");
    }
    if (files.isEmpty()) {
      files.add("-");
    }
    if (repeat < 1) {
      throw bad("--repeat", repeat, "1 or more");
    }
    if (repeat > 1 && files.contains("-")) {
      throw bad("--repeat", repeat, "files, because standard input can be read only once");
    }
  }

  /** Validates all files before anything is published. */
  private boolean checkFiles(PublishJob job) throws InterruptedException {
    try {
      for (String file : files) {
        if (!file.equals("-")) {
          try (InputStream stream = open(file)) {
            job.check(file, stream);
          }
        }
      }
      return true;
    } catch (InvalidInputException | IOException failure) {
      printError(CauseText.of(failure));
      return false;
    }
  }

  private int run(PublishJob job) throws InterruptedException {
    try (ExitHook onExit = new ExitHook(job::halt, GRACE, "Redis has not responded yet")) {
      for (int round = 0; round < repeat; round++) {
        for (String file : files) {
          try (InputStream stream = open(file)) {
            job.publish(file.equals("-") ? "standard input" : file, stream);
          }
        }
      }
      return 0;
    } catch (PublishException failure) {
      return failed(failure, LOST);
    } catch (InvalidInputException | IOException failure) {
      printError(CauseText.of(failure));
      return BAD_INPUT;
    }
  }

  private InputStream open(String file) throws IOException {
    if (file.equals("-")) {
      return new FilterInputStream(in) {
        @Override
        public void close() {
          // Standard input is not ours to close.
        }
      };
    }
    try {
      return Files.newInputStream(Path.of(file));
    } catch (NoSuchFileException missing) {
      throw new IOException(file + ": no such file (expected: a readable file)");
    }
  }

  private int report(int code, PublishReport report, String channel) {
    spec.commandLine().getOut().println(report.text(channel, !history));
    spec.commandLine().getOut().flush();
    if (report.toNobody() > 0 && !isCluster()) {
      printError(
          "warning: "
              + report.toNobody()
              + " of them had no subscriber: no Sender on this Redis has a client of the account");
    }
    return code;
  }

  /**
   * Returns whether a Cluster is configured, where PUBLISH counts only the subscribers of one node.
   */
  private boolean isCluster() {
    return !hasUrl() && loaded().redis().cluster().isUsed();
  }

  private int failed(Exception failure, int code) {
    String text = CauseText.of(failure);
    printError("Redis: " + text);
    return text.matches("(?s).*(WRONGPASS|NOAUTH|NOPERM).*") ? REFUSED : code;
  }

  private ParameterException bad(String option, Object value, String expected) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " (expected: " + expected + ")");
  }

  private void printError(String text) {
    ErrorLine.print(spec, text);
  }
}
