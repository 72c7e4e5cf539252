package luna.sender.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import luna.sender.Sender;
import luna.sender.api.BuildVersion;
import luna.sender.cli.command.ConfigOption;
import luna.sender.cli.command.DevelopmentCommand;
import luna.sender.cli.command.ProcessExit;
import luna.sender.cli.publish.PublishCommand;
import luna.sender.cli.tail.TailCommand;
import luna.sender.config.Config;
import luna.sender.config.SpellingSuggestion;
import luna.sender.http.TlsIdentity;
import luna.sender.log.LogSetup;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line.
 *
 * <p>Shape: {@code run} (the default) and the commands below. Exit codes: 0 done, 1 it could not
 * start, 2 the command line is wrong; some commands have more.
 *
 * <p>Errors: one line on standard error, in the user's words; never a stack trace.
 */
@Command(
    name = "luna-sender",
    header = "Hands recognition events from Redis to WebSocket clients, filtered.",
    subcommands = {
      Main.Run.class,
      TailCommand.class,
      PublishCommand.class,
      Main.CheckConfig.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.PackedVersion.class,
    synopsisSubcommandLabel = "[COMMAND]",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Done.",
      "1:It could not start; a line says why.",
      "2:The command line is wrong.",
      "3,4:Of bench, tail and publish: see their --help."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_CONFIG    For --config.",
      "  SECTION__KEY          Each key of the configuration, above the file:",
      "                        REDIS_DB_ADDRESS__HOST=redis",
      "",
      "Examples:",
      "  The service (the command may be left out), and its configuration:",
      "    luna-sender run --config my.yaml",
      "    luna-sender check-config --config my.yaml",
      "  What an account's clients get:",
      "    luna-sender tail --account $ACCOUNT gender=1",
      "",
      "Without bin/luna-sender it is: java -jar luna-sender.jar"
    })
public final class Main extends ConfigOption implements Callable<Integer> {
  /** A stop may take this much longer than configured before the process is ended anyway. */
  public static final Duration GRACE = Duration.ofSeconds(2);

  /** They say what goes wrong in sentences; a log's lines would be noise between them. */
  private static final Set<String> SENTENCES = Set.of("tail", "publish", "completion");

  private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  public static void main(String[] args) {
    ProcessExit.writeErrorsInBackground();
    LogSetup.configureEarly();
    // The JDK reads it once, before its first TLS. Each renegotiation costs the server as much as a
    // new connection, and the client nothing.
    if (System.getProperty(NO_RENEGOTIATION) == null) {
      System.setProperty(NO_RENEGOTIATION, "true");
    }
    CommandLine commands = commands();
    commands.setExecutionStrategy(
        parsed -> {
          if (parsed.hasSubcommand()
              && SENTENCES.contains(parsed.subcommand().commandSpec().name())) {
            LogSetup.silence();
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    int code = commands.execute(args);
    ProcessExit.drainErrors();
    // A service that runs has threads of its own, and goes on.
    if (code != 0) {
      System.exit(code);
    }
  }

  /** The whole command line, ready to be executed. */
  static CommandLine commands() {
    CommandLine commands = new CommandLine(new Main());
    ServiceLoader.load(DevelopmentCommand.class).forEach(commands::addSubcommand);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler(Main::misuse);
    commands
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().versionProvider(new PackedVersion()));
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("luna-sender: " + ProcessExit.reason(failure));
          return 1;
        });
    return commands;
  }

  /** What is wrong with the command line, in a line or a few; the whole help would hide it. */
  private static int misuse(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    if (failure instanceof UnmatchedArgumentException unmatched
        && command.getParent() == null
        && !unmatched.getUnmatched().get(0).startsWith("-")) {
      String word = unmatched.getUnmatched().get(0);
      List<String> commands = List.copyOf(command.getSubcommands().keySet());
      String nearest = SpellingSuggestion.of(word, commands);
      err.println(
          "luna-sender: "
              + word
              + ": no command ("
              + (nearest == null
                  ? "expected: " + String.join(", ", commands)
                  : "did you mean " + nearest + "?")
              + ")");
    } else {
      err.println("luna-sender: " + failure.getMessage());
      if (!UnmatchedArgumentException.printSuggestions(failure, err)) {
        err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
      }
    }
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  @Override
  public Integer call() throws Exception {
    return run(config());
  }

  /** Runs the service. */
  @Command(
      name = "run",
      header = "Runs the service against the Redis of the configuration (the default).",
      mixinStandardHelpOptions = true,
      optionListHeading = "%nOptions:%n",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "1:It could not start; a line says why.",
        "2:The command line is wrong.",
        "143:It was ended by SIGTERM; 130 by Ctrl-C."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  luna-sender run --config my.yaml",
        "  REDIS_DB_ADDRESS__HOST=redis luna-sender run",
        "",
        "conf/config.yaml has every key with its default; Ctrl-C or SIGTERM ends it",
        "after its clients were told to connect again."
      })
  static final class Run extends ConfigOption implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      return Main.run(config());
    }
  }

  /** Shows what the configuration comes to. */
  @Command(
      name = "check-config",
      header = "Checks the configuration and prints what is in effect, secrets masked.",
      mixinStandardHelpOptions = true,
      optionListHeading = "%nOptions:%n",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:The service would start with it.",
        "1:Something in it is wrong; each fault has its line.",
        "2:The command line is wrong."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  luna-sender check-config --config my.yaml",
        "  luna-sender check-config | jq .REDIS_DB_ADDRESS"
      })
  static final class CheckConfig extends ConfigOption implements Callable<Integer> {
    @Override
    public Integer call() {
      Config config = config();
      if (config.http().tls().enabled()) {
        TlsIdentity.read(config.http().tls());
      }
      System.out.println(new JsonObject(config.masked()).encodePrettily());
      return 0;
    }
  }

  /** The version that the build has packed. */
  static final class PackedVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"luna-sender " + BuildVersion.read().text()};
    }
  }

  private static int run(Config config) throws Exception {
    LogSetup.configure(config.logger());
    Sender sender = ProcessExit.await(Sender.start(config), Duration.ofMinutes(1));
    ProcessExit.atExit(config.http().shutdownTimeout().plus(GRACE), sender::stop);
    LoggerFactory.getLogger(Main.class)
        .atInfo()
        .addKeyValue("port", sender.port())
        .addKeyValue("version", BuildVersion.read().text())
        .log("Listening");
    return 0;
  }
}
