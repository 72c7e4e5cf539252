package luna.sender.cli;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import luna.sender.Sender;
import luna.sender.api.BuildVersion;
import luna.sender.api.Contract;
import luna.sender.cli.command.ConfigOption;
import luna.sender.cli.command.DevelopmentCommand;
import luna.sender.cli.command.DurationConverter;
import luna.sender.cli.command.ProcessExit;
import luna.sender.cli.compare.CompareCommand;
import luna.sender.cli.doctor.DoctorCommand;
import luna.sender.cli.history.HistoryCommand;
import luna.sender.cli.operator.AccountsCommand;
import luna.sender.cli.operator.CloseCommand;
import luna.sender.cli.operator.ConnectionsCommand;
import luna.sender.cli.publish.PublishCommand;
import luna.sender.cli.tail.TailCommand;
import luna.sender.config.Config;
import luna.sender.config.SpellingSuggestion;
import luna.sender.filter.FilterContract;
import luna.sender.http.TlsContext;
import luna.sender.log.CauseText;
import luna.sender.log.LogSetup;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line.
 *
 * <p>Shape: {@code run} (the default) and the commands below. Exit codes: 0 success, 1 startup
 * failed, 2 invalid command line; some commands have more.
 *
 * <p>Errors: one line for each problem on standard error; never a stack trace.
 */
@Command(
    name = "luna-sender",
    header = "Delivers filtered recognition events from Redis to WebSocket clients.",
    subcommands = {
      Main.Run.class,
      TailCommand.class,
      PublishCommand.class,
      HistoryCommand.class,
      ConnectionsCommand.class,
      AccountsCommand.class,
      CloseCommand.class,
      CompareCommand.class,
      DoctorCommand.class,
      Main.CheckConfig.class,
      Main.Train.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.PackedVersion.class,
    synopsisSubcommandLabel = "[COMMAND]",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Success.",
      "1:Startup failed; the reason is printed.",
      "2:Invalid command line.",
      "3,4:See the --help of bench, tail and publish."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_CONFIG    Default of --config.",
      "  SECTION__KEY          Any configuration key; overrides the file:",
      "                        REDIS_DB_ADDRESS__HOST=redis",
      "",
      "Examples:",
      "  Run the service (the default command), or check its configuration:",
      "    luna-sender run --config my.yaml",
      "    luna-sender check-config --config my.yaml",
      "  Print the events of an account:",
      "    luna-sender tail --account $ACCOUNT gender=1",
      "",
      "Without bin/luna-sender: java -jar luna-sender.jar"
    })
public final class Main extends ConfigOption implements Callable<Integer> {
  /** How much longer than configured a graceful stop may take before the process exits anyway. */
  public static final Duration GRACE = Duration.ofSeconds(2);

  private static final Duration START = Duration.ofMinutes(1);

  /** Commands that print their errors as sentences and need no log. */
  private static final Set<String> WITHOUT_LOG = Set.of("tail", "publish", "history", "completion");

  /**
   * Defaults of system properties that the JDK reads once, before the first TLS connection:
   *
   * <ul>
   *   <li>A renegotiation costs the server as much as a new connection, and the client nothing.
   *   <li>Vert.x encrypts each private key with a fixed password, in memory only, and decrypts it
   *       again. With the JDK's 10,000 iterations that is a quarter of the time to start with TLS.
   * </ul>
   */
  private static final Map<String, String> TLS_PROPERTIES =
      Map.of(
          "jdk.tls.rejectClientInitiatedRenegotiation", "true",
          "keystore.pkcs12.keyPbeIterationCount", "1");

  public static void main(String[] args) {
    ProcessExit.writeErrorsInBackground();
    LogSetup.configureEarly();
    TLS_PROPERTIES.forEach(System.getProperties()::putIfAbsent);
    CommandLine commands = commands();
    commands.setExecutionStrategy(
        parsed -> {
          if (parsed.hasSubcommand()
              && WITHOUT_LOG.contains(parsed.subcommand().commandSpec().name())) {
            LogSetup.silence();
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    int code = commands.execute(args);
    ProcessExit.drainErrors();
    // With code 0 don't exit: a started service keeps running on its own threads.
    if (code != 0) {
      System.exit(code);
    }
  }

  /** Returns the command line with all commands. */
  static CommandLine commands() {
    CommandLine commands = new CommandLine(new Main());
    ServiceLoader.load(DevelopmentCommand.class).forEach(commands::addSubcommand);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler(Main::printUsageError);
    commands
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().versionProvider(new PackedVersion()));
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("luna-sender: " + CauseText.of(failure));
          return 1;
        });
    return commands;
  }

  /** Prints what is wrong with the command line in a few lines. The whole help would hide it. */
  private static int printUsageError(ParameterException failure, String[] arguments) {
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
              + ": unknown command ("
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
      header = "Runs the service (the default command).",
      mixinStandardHelpOptions = true,
      optionListHeading = "%nOptions:%n",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "1:Startup failed; the reason is printed.",
        "2:Invalid command line.",
        "143:Stopped by SIGTERM; 130 by Ctrl-C."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  luna-sender run --config my.yaml",
        "  luna-sender run --overlay my-filters.yaml",
        "  REDIS_DB_ADDRESS__HOST=redis luna-sender run",
        "",
        "conf/config.yaml lists every key with its default. Ctrl-C or SIGTERM stops the",
        "service gracefully: its clients are asked to reconnect."
      })
  static final class Run extends OverlayOption implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      return Main.run(config());
    }
  }

  /** Starts the service for a recording of the JVM. */
  @Command(
      name = "train",
      header = "Starts the service, warms it up and stops it, so that the JVM can record a cache.",
      mixinStandardHelpOptions = true,
      optionListHeading = "%nOptions:%n",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:The service was started, warmed up and stopped.",
        "1:Startup failed; the reason is printed.",
        "2:Invalid command line."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  bin/luna-sender train",
        "  java -XX:AOTCacheOutput=luna-sender.aot -jar luna-sender.jar train",
        "",
        "bin/luna-sender makes the JVM write a cache next to the jar, and run uses it from",
        "then on. The service listens on a free port of 127.0.0.1 and needs no Redis."
      })
  static final class Train extends OverlayOption implements Callable<Integer> {
    @Option(
        names = "--duration",
        paramLabel = "TIME",
        description = "Limit of the warm-up, such as 30s (default: 10s).",
        converter = DurationConverter.class)
    private Duration duration = Duration.ofSeconds(10);

    @Override
    public Integer call() throws Exception {
      Config config = config().forTraining(duration);
      LogSetup.configure(config.logger());
      Sender sender = ProcessExit.await(Sender.startWarm(config), START.plus(duration));
      ProcessExit.await(sender.stop(), config.http().shutdownTimeout().plus(GRACE));
      return 0;
    }
  }

  /** Prints the effective configuration. */
  @Command(
      name = "check-config",
      header = "Validates the configuration and prints it with masked secrets.",
      mixinStandardHelpOptions = true,
      optionListHeading = "%nOptions:%n",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:The configuration is valid.",
        "1:The configuration is invalid; all problems are printed.",
        "2:Invalid command line."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  luna-sender check-config --config my.yaml",
        "  luna-sender check-config | jq .REDIS_DB_ADDRESS",
        "  luna-sender check-config --overlay my-filters.yaml | jq .FILTERS"
      })
  static final class CheckConfig extends OverlayOption implements Callable<Integer> {
    private static final Duration LOAD = Duration.ofMinutes(1);

    @Override
    public Integer call() throws Exception {
      Config config = config();
      if (config.http().tls().enabled()) {
        TlsContext.read(config.http().tls(), config.http().handshakeTimeout()).close();
      }
      FilterContract filters = filters(config.http().contractOverlays());
      System.out.println(
          new JsonObject(config.masked()).put("FILTERS", filters.toJson()).encodePrettily());
      return 0;
    }

    /** Loads the contract as {@code run} does, if it is not the packaged one. */
    private static FilterContract filters(List<String> overlays) throws Exception {
      if (overlays.isEmpty()) {
        return Contract.filters(overlays);
      }
      Vertx vertx = Vertx.vertx();
      try {
        return ProcessExit.await(Contract.load(vertx, overlays), LOAD).filters();
      } finally {
        ProcessExit.await(vertx.close(), LOAD);
      }
    }
  }

  /** Provides the version of this build. */
  static final class PackedVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"luna-sender " + BuildVersion.read().text()};
    }
  }

  private static int run(Config config) throws Exception {
    LogSetup.configure(config.logger());
    Sender sender = ProcessExit.await(Sender.startWarm(config), START.plus(config.http().warmUp()));
    ProcessExit.atExit(config.http().shutdownTimeout().plus(GRACE), sender::stop);
    LoggerFactory.getLogger(Main.class)
        .atInfo()
        .addKeyValue("port", sender.port())
        .addKeyValue("version", BuildVersion.read().text())
        .log("Listening");
    return 0;
  }
}
