package luna.sender.cli.compare;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import luna.sender.cli.client.TrustOptions;
import luna.sender.cli.command.AccountOptions;
import luna.sender.cli.command.DurationConverter;
import luna.sender.cli.command.ErrorLine;
import luna.sender.cli.command.ExitHook;
import luna.sender.cli.command.ProcessExit;
import luna.sender.cli.tail.Endpoint;
import luna.sender.cli.tail.FilterOptions;
import luna.sender.cli.tail.TokenSource;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Subscribes to the same events at two services and reports each difference in events, order and
 * bytes.
 *
 * <p>Errors: one line on standard error.
 */
@Command(
    name = "compare",
    header = "Compares the events that two services send for the same filter.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    customSynopsis = "luna-sender compare [OPTIONS] --account=UUID --with=URL [NAME=VALUE...]",
    descriptionHeading = "%n",
    description = {
      "Opens a WebSocket at both, for example at the platform's own service and at this one, and"
          + " reports events that only one of them has sent, events with different bytes, and"
          + " events in another order. No event's content is printed.",
      "Events are recognised by event.event_id."
    },
    parameterListHeading = "%nFilters, the same for both:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:No difference.",
      "1:Could not connect to both, or no event has arrived.",
      "2:Invalid command line.",
      "4:A connection was lost, with no difference until then.",
      "5:There are differences."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL       Default of --url.",
      "  LUNA_SENDER_ACCOUNT   Default of --account.",
      "  LUNA_SENDER_TOKEN     The token, sent to both.",
      "",
      "Examples:",
      "  A dry run beside the platform's own service, for ten minutes:",
      "    luna-sender compare -a $ACCOUNT -u ws://old:5080 --with ws://new:5080 \\",
      "        --for 10m gender=1"
    })
public final class CompareCommand implements Callable<Integer> {
  private static final int NOT_COMPARED = 1;
  private static final int LOST = 4;
  private static final int DIFFERENT = 5;
  private static final Duration GRACE = Duration.ofSeconds(8);

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  @Option(
      names = {"-u", "--url"},
      paramLabel = "URL",
      defaultValue = "${env:LUNA_SENDER_URL:-http://127.0.0.1:5080}",
      description = "The first service (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(
      names = "--with",
      paramLabel = "URL",
      required = true,
      description = "The second service.")
  private String with = "";

  @Option(
      names = {"-a", "--account"},
      paramLabel = "UUID",
      defaultValue = "${env:LUNA_SENDER_ACCOUNT:-}",
      description = "Account of the events.")
  private String account = "";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME=VALUE",
      completionCandidates = FilterOptions.class,
      description = "A filter, as for tail.")
  private List<String> operands = new ArrayList<>();

  @Option(
      names = {"-t", "--for"},
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Ends after this time: 30s, 5m, 1h (default: at Ctrl-C).")
  private @Nullable Duration time;

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "3s",
      description =
          "How long an event may take to arrive at the other service (default: ${DEFAULT-VALUE}).")
  private Duration settle = Duration.ofSeconds(3);

  @Option(
      names = {"-j", "--json"},
      description = "Prints JSON.")
  private boolean json;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the token, which is sent to both services.")
  private @Nullable String tokenFile;

  @Mixin private TrustOptions trust = new TrustOptions();

  CompareCommand() {
    this(System.getenv());
  }

  CompareCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    CompareRun.Settings settings = settings();
    Vertx vertx = Vertx.vertx();
    Context context = vertx.getOrCreateContext();
    Promise<CompareRun.Result> result = Promise.promise();
    CompareRun run = new CompareRun(vertx, settings);
    for (Endpoint each : List.of(settings.first(), settings.second())) {
      if (settings.token() != null && each.isExposed()) {
        error("warning: " + each.base() + ": " + Endpoint.EXPOSED_TOKEN);
      }
    }
    context.runOnContext(go -> run.run(this::error).onComplete(result));
    try (ExitHook onExit =
        new ExitHook(
            () -> context.runOnContext(now -> run.end()),
            settings.settle().plus(GRACE),
            "the comparison was not finished")) {
      return print(result.future());
    } finally {
      ProcessExit.close(vertx);
    }
  }

  private int print(Future<CompareRun.Result> future) throws InterruptedException {
    CompareRun.Result result;
    try {
      result = future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException failure) {
      error(CauseText.of(failure.getCause() == null ? failure : failure.getCause()));
      return NOT_COMPARED;
    }
    ComparisonReport report = result.report();
    spec.commandLine().getOut().println(json ? report.json().encode() : report.text());
    spec.commandLine().getOut().flush();
    if (!result.lost().isEmpty()) {
      error("connection lost: " + result.lost());
    }
    if (report.isEmpty()) {
      error("no event has arrived, so nothing was compared");
    }
    return report.hasDifferences()
        ? DIFFERENT
        : !result.lost().isEmpty() ? LOST : report.isEmpty() ? NOT_COMPARED : 0;
  }

  private CompareRun.Settings settings() {
    try {
      Endpoint first = Endpoint.parse(url);
      Endpoint second = second();
      return new CompareRun.Settings(
          first,
          second,
          AccountOptions.parse(account),
          FilterOptions.query(first, List.of(), operands),
          token().read(),
          trust.trust(),
          time,
          settle);
    } catch (IllegalArgumentException invalid) {
      throw new ParameterException(spec.commandLine(), invalid.getMessage());
    }
  }

  private Endpoint second() {
    Endpoint second;
    try {
      second = Endpoint.parse(with);
    } catch (IllegalArgumentException invalid) {
      throw new IllegalArgumentException(
          String.valueOf(invalid.getMessage()).replace("--url:", "--with:"));
    }
    if (!second.query().isEmpty()) {
      throw new IllegalArgumentException(
          "--with: " + with + " (expected: no query; the filters of --url apply to both)");
    }
    return second;
  }

  private TokenSource token() {
    return TokenSource.of(
        tokenFile, "LUNA_SENDER_TOKEN", environment.getOrDefault("LUNA_SENDER_TOKEN", ""));
  }

  private void error(String text) {
    ErrorLine.print(spec, text);
  }
}
