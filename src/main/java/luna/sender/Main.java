package luna.sender;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import luna.sender.api.ServerIdentity;
import luna.sender.api.Version;
import luna.sender.config.Config;
import luna.sender.ops.Logs;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line.
 *
 * <p>Shape: {@code run} (the default), {@code demo}, {@code bench}, {@code check-config}. Exit
 * codes: 0 done, 1 it could not start, 2 the command line is wrong; {@code bench} has one more.
 *
 * <p>Errors: one line on standard error, in the user's words; never a stack trace.
 */
@Command(
    name = "luna-sender",
    description = "Hands recognition events from Redis to WebSocket clients, filtered.",
    subcommands = {
      Main.Run.class,
      DemoCommand.class,
      TailCommand.class,
      PublishCommand.class,
      BenchCommand.class,
      Main.CheckConfig.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.PackedVersion.class,
    synopsisSubcommandLabel = "[COMMAND]",
    footer = {
      "",
      "Without a command, it runs the service. Every key of the configuration can",
      "be set by an environment variable too, as in REDIS_DB_ADDRESS__HOST=redis."
    })
public final class Main extends ConfigOption implements Callable<Integer> {
  /** A stop may take this much longer than configured before the process is ended anyway. */
  static final Duration GRACE = Duration.ofSeconds(2);

  /** They say what goes wrong in sentences; a log's lines would be noise between them. */
  private static final Set<String> SENTENCES = Set.of("tail", "publish", "completion");

  private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  public static void main(String[] args) {
    Logs.configureEarly();
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
            Logs.silence();
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    int code = commands.execute(args);
    // A service that runs has threads of its own, and goes on.
    if (code != 0) {
      System.exit(code);
    }
  }

  /** The whole command line, ready to be executed. */
  static CommandLine commands() {
    CommandLine commands = new CommandLine(new Main());
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().versionProvider(new PackedVersion()));
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("luna-sender: " + reason(failure));
          return 1;
        });
    return commands;
  }

  @Override
  public Integer call() throws Exception {
    return run(config());
  }

  /** Runs the service. */
  @Command(
      name = "run",
      description = "Runs the service against the Redis of the configuration (the default).",
      mixinStandardHelpOptions = true)
  static final class Run extends ConfigOption implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      return Main.run(config());
    }
  }

  /** Shows what the configuration comes to. */
  @Command(
      name = "check-config",
      description = "Checks the configuration and prints what is in effect, secrets masked.",
      mixinStandardHelpOptions = true)
  static final class CheckConfig extends ConfigOption implements Callable<Integer> {
    @Override
    public Integer call() {
      Config config = config();
      if (config.http().tls().enabled()) {
        ServerIdentity.read(config.http().tls());
      }
      System.out.println(new JsonObject(config.masked()).encodePrettily());
      return 0;
    }
  }

  /** The version that the build has packed. */
  static final class PackedVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"luna-sender " + Version.read().text()};
    }
  }

  private static int run(Config config) throws Exception {
    Logs.configure(config.logger());
    Sender sender = await(Sender.start(config), Duration.ofMinutes(1));
    atExit(config.http().shutdownTimeout().plus(GRACE), sender::stop);
    LoggerFactory.getLogger(Main.class)
        .atInfo()
        .addKeyValue("port", sender.port())
        .addKeyValue("version", Version.read().text())
        .log("Listening");
    return 0;
  }

  /** Waits for what is asynchronous, and throws what it fails with. */
  static <T> T await(Future<T> future, Duration atMost) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw failure;
    }
  }

  /**
   * Does this, one after the other, when the process is asked to end, and lets it end after that
   * time in any case.
   */
  @SafeVarargs
  static void atExit(Duration atMost, Callable<Future<?>>... stops) {
    Runnable stop =
        () -> {
          long deadline = System.nanoTime() + atMost.toNanos();
          for (Callable<Future<?>> step : stops) {
            try {
              await(step.call(), Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            } catch (TimeoutException late) {
              System.err.println("luna-sender: not stopped after " + atMost.toSeconds() + " s");
            } catch (Exception failure) {
              System.err.println("luna-sender: " + reason(failure));
            }
          }
        };
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
  }

  /** What to tell the user: our own words where we have them. */
  static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
