package luna.sender.cli.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BiFunction;
import luna.sender.bridge.history.HistoryAdmin;
import luna.sender.bridge.history.HistoryAppender;
import luna.sender.cli.command.AccountOptions;
import luna.sender.cli.command.ProcessExit;
import luna.sender.log.CauseText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows or deletes the history of an account in Redis.
 *
 * <p>Errors: one line on standard error.
 */
@Command(
    name = "history",
    header = "Shows or deletes the history of an account in Redis.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    synopsisSubcommandLabel = "(show | delete | script)",
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Success.",
      "1:Redis is unavailable or rejected the command.",
      "2:Invalid command line."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_ACCOUNT        Default of --account.",
      "  REDIS_DB_ADDRESS__...      Redis, as for the service.",
      "",
      "Examples:",
      "  What is kept of an account, and since when:",
      "    luna-sender history show --account $ACCOUNT",
      "  Delete it:",
      "    luna-sender history delete --account $ACCOUNT"
    })
public final class HistoryCommand extends AccountOptions {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  @Spec private CommandSpec spec = CommandSpec.create();

  HistoryCommand() {
    this(System.getenv());
  }

  HistoryCommand(Map<String, String> environment) {
    super(environment);
  }

  @Command(
      name = "show",
      header = "Prints how many payloads are kept, since when, and the newest position.",
      mixinStandardHelpOptions = true)
  int show() throws Exception {
    return run((admin, account) -> admin.show(account).map(HistoryCommand::text));
  }

  @Command(
      name = "delete",
      header = "Deletes the kept events of the account.",
      mixinStandardHelpOptions = true,
      description = {
        "Clients that are connected keep getting new events. Clients that resume from before the"
            + " deletion are told that events are missing."
      })
  int delete() throws Exception {
    return run(
        (admin, account) -> admin.delete(account).map(number -> "payloads deleted: " + number));
  }

  @Command(
      name = "script",
      header = "Prints the Lua script that appends to a history, for publishers.",
      mixinStandardHelpOptions = true)
  int script() {
    spec.commandLine().getOut().print(HistoryAppender.script());
    spec.commandLine().getOut().flush();
    return 0;
  }

  private int run(BiFunction<HistoryAdmin, String, Future<String>> work) throws Exception {
    String account = account();
    Vertx vertx = Vertx.vertx();
    try {
      HistoryAdmin admin = new HistoryAdmin(vertx, loaded().redis());
      spec.commandLine().getOut().println(ProcessExit.await(work.apply(admin, account), TIMEOUT));
      spec.commandLine().getOut().flush();
      return 0;
    } catch (ParameterException wrong) {
      throw wrong;
    } catch (Exception failure) {
      spec.commandLine().getErr().println("luna-sender: Redis: " + CauseText.of(failure));
      return 1;
    } finally {
      ProcessExit.close(vertx);
    }
  }

  private static String text(HistoryAdmin.Summary summary) {
    if (summary.newest() == null) {
      return "the account has no history";
    }
    return "payloads: %d%nbytes:    %d%noldest:   %s%nposition: %s"
        .formatted(
            summary.entries(),
            summary.bytes(),
            summary.entries() == 0 ? "none" : Instant.ofEpochMilli(summary.oldestMillis()),
            summary.newest());
  }
}
