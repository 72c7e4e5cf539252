package luna.sender.cli.tail;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import luna.sender.cli.command.DurationConverter;
import luna.sender.cli.command.ErrorLine;
import luna.sender.cli.command.ExitHook;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Prints the events of an account as they arrive.
 *
 * <p>Shape: events on standard output, everything else on standard error; exit codes are those of
 * {@link luna.sender.cli.tail.ExitCode}.
 *
 * <p>Errors: one line on standard error, with the server's message if there is one.
 */
@Command(
    name = "tail",
    header = "Prints the events of an account as they arrive.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    customSynopsis = "luna-sender tail [OPTIONS] --account=UUID [NAME=VALUE...]",
    descriptionHeading = "%n",
    description = {
      "Prints one line per event on a terminal, and unchanged JSON into a pipe. It"
          + " reconnects by itself, and then gets what it missed if the service keeps a history;"
          + " else events in between are lost."
    },
    parameterListHeading = "%nFilters:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Reached --limit or --for, or the pipe was closed.",
      "1:Could not connect.",
      "2:Invalid command line, or the server rejected a filter.",
      "3:The server rejected the token or the account.",
      "4:The connection was lost and must not be reopened.",
      "130:Ctrl-C."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL       Default of --url.",
      "  LUNA_SENDER_ACCOUNT   Default of --account.",
      "  LUNA_SENDER_TOKEN     The token. Other users could see it in an option.",
      "  NO_COLOR              If not empty, disables colors.",
      "",
      "Examples:",
      "  Men aged 18 or more with a similarity of 0.9 or more:",
      "    luna-sender tail -a $ACCOUNT gender=1 age__gte=18 \\",
      "        object_similarity__gte=0.9",
      "  Two cities, one of them with a comma and spaces:",
      "    luna-sender tail -a $ACCOUNT cities='New-York,Washington%%2C D.C.'",
      "  The ids of the next ten events:",
      "    luna-sender tail -a $ACCOUNT --limit 10 | jq -r .event.event_id",
      "  The last 20 events, and then new ones:",
      "    luna-sender tail -a $ACCOUNT --last 20",
      "  With TLS and a token file that is renewed:",
      "    luna-sender tail -u https://sender.example --token-file /run/token"
    })
public final class TailCommand implements Callable<Integer> {
  private static final Duration GRACE = Duration.ofSeconds(8);

  @Spec private CommandSpec spec = CommandSpec.create();

  private final OutputStream out;
  private final Map<String, String> environment;

  @Option(
      names = {"-u", "--url"},
      paramLabel = "URL",
      defaultValue = "${env:LUNA_SENDER_URL:-http://127.0.0.1:5080}",
      description =
          "The service: http, https, ws or wss, host and port. /2/ws is added"
              + " (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(
      names = {"-a", "--account"},
      paramLabel = "UUID",
      defaultValue = "${env:LUNA_SENDER_ACCOUNT:-}",
      description = "Account of the events; optional if the token grants only one.")
  private String account = "";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME=VALUE",
      completionCandidates = FilterOptions.class,
      description =
          "A filter as in the URL. All filters must match; a comma separates alternative values,"
              + " and %%2C is a comma in a value. Other characters stand for themselves."
              + " A repeated list is joined.")
  private List<String> operands = new ArrayList<>();

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "QUERY",
      description = "Filters as a URL query: 'gender=1&age__gte=18'.")
  private List<String> queries = new ArrayList<>();

  @ArgGroup(validate = false, order = 1, heading = "%nOutput:%n")
  private Output output = new Output();

  @ArgGroup(validate = false, order = 2, heading = "%nHistory, if the service keeps one:%n")
  private Start start = new Start();

  @ArgGroup(validate = false, order = 3, heading = "%nConnection:%n")
  private Connection connection = new Connection();

  /** Options of the output. */
  static final class Output {
    @Option(
        names = {"-j", "--json"},
        negatable = true,
        description = "Prints the received JSON unchanged (default: if not on a terminal).")
    private @Nullable Boolean json;

    @Option(
        names = "--color",
        paramLabel = "WHEN",
        defaultValue = "auto",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Terminal.Colours color = Terminal.Colours.AUTO;

    @Option(
        names = {"-n", "--limit"},
        paramLabel = "N",
        description = "Ends after N events.")
    private @Nullable Long limit;

    @Option(
        names = {"-t", "--for"},
        paramLabel = "TIME",
        converter = DurationConverter.class,
        description = "Ends this long after connecting: 500ms, 30s, 5m, 1h.")
    private @Nullable Duration time;

    @Option(
        names = {"-g", "--gaps"},
        description = "Reports where events may be missing, as JSON or as a sentence.")
    private boolean gaps;

    @Option(
        names = {"-s", "--stats"},
        description = "Reports each second how many events each filter rejected.")
    private boolean stats;

    @Option(
        names = {"-q", "--quiet"},
        description = "Prints only warnings and the reason for the end.")
    private boolean quiet;
  }

  /** Options of the history. */
  static final class Start {
    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "0",
        description = "Starts with the last N events that match, at most 1000.")
    private int last;

    @Option(
        names = "--since",
        paramLabel = "TIME",
        description = "Starts with the events since then: 10m, 1h or 2026-01-31T08:00:00Z.")
    private @Nullable String since;

    @Option(
        names = "--after",
        paramLabel = "POSITION",
        description = "Starts after this position, or after the event with this id.")
    private @Nullable String after;

    @Option(
        names = "--positions",
        description = "Prints each event with its position, and the messages about the history.")
    private boolean positions;
  }

  /** Options of the connection. */
  static final class Connection {
    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "File with the token, read for each connection; - is standard input.")
    private @Nullable String tokenFile;

    @Option(
        names = "--ca-file",
        paramLabel = "FILE",
        description = "PEM file with trusted authorities (default: those of the JVM).")
    private @Nullable String caFile;

    @Option(
        names = "--cert-file",
        paramLabel = "FILE",
        description = "PEM file with the client certificate; needs --key-file.")
    private @Nullable String certFile;

    @Option(
        names = "--key-file",
        paramLabel = "FILE",
        description = "PEM file with its private key, unencrypted PKCS#8.")
    private @Nullable String keyFile;

    @Option(
        names = {"-k", "--insecure"},
        description = "Accepts any server certificate. An attacker could get the token.")
    private boolean insecure;

    @Option(
        names = "--ping-interval",
        paramLabel = "TIME",
        converter = DurationConverter.class,
        defaultValue = "15s",
        description =
            "Interval of pings; reconnects after three without a pong (default: ${DEFAULT-VALUE}).")
    private Duration pingInterval = Duration.ofSeconds(15);

    @Option(
        names = "--no-reconnect",
        description = "Ends with exit code 4 if the connection is lost.")
    private boolean once;
  }

  public TailCommand() {
    this(new FileOutputStream(FileDescriptor.out), System.getenv());
  }

  /**
   * @param out output for events, as bytes, independent of the terminal's encoding
   */
  public TailCommand(OutputStream out, Map<String, String> environment) {
    this.out = out;
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    boolean terminal = Terminal.isOutput();
    boolean json = output.json == null ? !terminal : output.json;
    TokenSource token;
    TailSettings settings;
    try {
      token = token();
      settings = settings(json, token != TokenSource.NONE);
    } catch (IllegalArgumentException failure) {
      throw new ParameterException(spec.commandLine(), failure.getMessage());
    }
    Tail tail =
        new Tail(
            settings,
            token,
            Terminal.colours(output.color, terminal, environment),
            out,
            text -> ErrorLine.print(spec, text));
    try (ExitHook onExit = new ExitHook(tail::halt, GRACE, "not all output was written")) {
      return tail.run();
    }
  }

  private TokenSource token() {
    return "-".equals(connection.tokenFile)
        ? TokenSource.parseStream(System.in)
        : TokenSource.of(
            connection.tokenFile,
            "LUNA_SENDER_TOKEN",
            environment.getOrDefault("LUNA_SENDER_TOKEN", ""));
  }

  private TailSettings settings(boolean json, boolean withToken) {
    if (account.isEmpty() && !withToken) {
      throw new IllegalArgumentException(
          "--account: missing (expected: a UUID in --account or LUNA_SENDER_ACCOUNT,"
              + " or a token that grants one account)");
    }
    if (output.limit != null && output.limit < 1) {
      throw new IllegalArgumentException("--limit: " + output.limit + " (expected: 1 or more)");
    }
    return new TailSettings(
        url,
        account,
        queries,
        operands,
        json,
        output.gaps,
        output.stats,
        output.quiet,
        output.limit == null ? 0 : output.limit,
        output.time,
        new Resume.Start(start.last, start.since, start.after, start.positions),
        !connection.once,
        connection.pingInterval,
        connection.insecure,
        connection.caFile,
        connection.certFile,
        connection.keyFile);
  }
}
