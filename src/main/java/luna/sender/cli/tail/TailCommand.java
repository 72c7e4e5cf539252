package luna.sender.cli.tail;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import luna.sender.cli.command.DurationConverter;
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
 * Prints the events of an account as they come.
 *
 * <p>Shape: events on standard output, everything else on standard error; exit codes are those of
 * {@link luna.sender.cli.tail.ExitCode}.
 *
 * <p>Errors: one line on standard error, in the user's words or the server's.
 */
@Command(
    name = "tail",
    header = "Prints the events of an account as they come.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    customSynopsis = "luna-sender tail [OPTIONS] --account=UUID [NAME=VALUE...]",
    descriptionHeading = "%n",
    description = {
      "A line for each event on a terminal, JSON as it came in a pipe. It connects"
          + " again by itself; events of the time between are lost, as for every client."
    },
    parameterListHeading = "%nFilters:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Ended as asked: --limit, --for, or the reader of the pipe had enough.",
      "1:Could not connect.",
      "2:The command line is wrong, or the server refused a filter.",
      "3:The server refused the token or the account.",
      "4:The connection was lost, and is not to be made again.",
      "130:Ctrl-C."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL       For --url.",
      "  LUNA_SENDER_ACCOUNT   For --account.",
      "  LUNA_SENDER_TOKEN     The token. In an option others could see it.",
      "  NO_COLOR              If not empty: no colours.",
      "",
      "Examples:",
      "  Men from 18 on that look like somebody on a list:",
      "    luna-sender tail -a $ACCOUNT gender=1 age__gte=18 \\",
      "        object_similarity__gte=0.9",
      "  Two cities, one with a space and one with a comma:",
      "    luna-sender tail -a $ACCOUNT cities='New-York,Washington%%2C D.C.'",
      "  The ids of the next ten events:",
      "    luna-sender tail -a $ACCOUNT --limit 10 | jq -r .event.event_id",
      "  Through TLS, with a token that somebody renews:",
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
      description = "Whose events; not needed if the token opens only one account.")
  private String account = "";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME=VALUE",
      completionCandidates = FilterOptions.class,
      description =
          "A filter as in the URL. All must pass; a comma separates values of which one is enough,"
              + " %%2C is a comma inside of a value. All else stands for itself."
              + " A list that is given again continues.")
  private List<String> operands = new ArrayList<>();

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "QUERY",
      description = "Filters as they stand in a URL: 'gender=1&age__gte=18'.")
  private List<String> queries = new ArrayList<>();

  @ArgGroup(validate = false, order = 1, heading = "%nOutput:%n")
  private Output output = new Output();

  @ArgGroup(validate = false, order = 2, heading = "%nConnection:%n")
  private Connection connection = new Connection();

  /** What is printed, and how. */
  static final class Output {
    @Option(
        names = {"-j", "--json"},
        negatable = true,
        description = "JSON lines as they came, byte for byte (default: if not on a terminal).")
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
        description = "Ends after so many events.")
    private @Nullable Long limit;

    @Option(
        names = {"-t", "--for"},
        paramLabel = "TIME",
        converter = DurationConverter.class,
        description = "Ends so long after it has connected: 500ms, 30s, 5m, 1h.")
    private @Nullable Duration time;

    @Option(
        names = {"-g", "--gaps"},
        description = "Tells where events may be missing: a line of JSON, or a sentence.")
    private boolean gaps;

    @Option(
        names = {"-s", "--stats"},
        description = "Tells each second how many events which filter has refused.")
    private boolean stats;

    @Option(
        names = {"-q", "--quiet"},
        description = "Tells only why it ended, and warnings.")
    private boolean quiet;
  }

  /** To whom, and how safely. */
  static final class Connection {
    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The token, read at each connection; - is standard input, read once.")
    private @Nullable String tokenFile;

    @Option(
        names = "--ca-file",
        paramLabel = "FILE",
        description = "PEM file of the authorities that are trusted (default: the JVM's).")
    private @Nullable String caFile;

    @Option(
        names = "--cert-file",
        paramLabel = "FILE",
        description = "PEM file of a certificate to show, with --key-file.")
    private @Nullable String certFile;

    @Option(
        names = "--key-file",
        paramLabel = "FILE",
        description = "PEM file of its key, PKCS#8 without a password.")
    private @Nullable String keyFile;

    @Option(
        names = {"-k", "--insecure"},
        description = "Takes any certificate. Whoever answers gets the token.")
    private boolean insecure;

    @Option(
        names = "--ping-interval",
        paramLabel = "TIME",
        converter = DurationConverter.class,
        defaultValue = "15s",
        description =
            "Sends a ping so often, and reconnects after three without an answer (default: ${DEFAULT-VALUE}).")
    private Duration pingInterval = Duration.ofSeconds(15);

    @Option(names = "--no-reconnect", description = "Ends with 4 when the connection is lost.")
    private boolean once;
  }

  public TailCommand() {
    this(new FileOutputStream(FileDescriptor.out), System.getenv());
  }

  /**
   * @param out for the events: bytes, whatever the encoding of the terminal
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
    PrintWriter err = spec.commandLine().getErr();
    Tail tail =
        new Tail(
            settings,
            token,
            Terminal.colours(output.color, terminal, environment),
            out,
            text -> {
              err.println("luna-sender: " + text);
              err.flush();
            });
    try (ExitHook onExit = new ExitHook(tail::halt, GRACE, "not all output is written")) {
      return tail.run();
    }
  }

  private TokenSource token() {
    String file = connection.tokenFile;
    if (file != null) {
      return file.equals("-")
          ? TokenSource.parseStream(System.in)
          : TokenSource.parseFile(Path.of(file));
    }
    String text = environment.getOrDefault("LUNA_SENDER_TOKEN", "");
    return text.isEmpty() ? TokenSource.NONE : TokenSource.ofText(text);
  }

  private TailSettings settings(boolean json, boolean withToken) {
    if (account.isEmpty() && !withToken) {
      throw new IllegalArgumentException(
          "--account: missing (expected: a UUID, by --account or LUNA_SENDER_ACCOUNT;"
              + " a token that opens one account names it too)");
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
        !connection.once,
        connection.pingInterval,
        connection.insecure,
        connection.caFile,
        connection.certFile,
        connection.keyFile);
  }
}
