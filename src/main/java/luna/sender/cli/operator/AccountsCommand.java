package luna.sender.cli.operator;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the accounts that have clients on a node. */
@Command(
    name = "accounts",
    header = "Lists the accounts that have clients on a node, or on any.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = OperatorOptions.EXIT_CODES_HEADING,
    exitCodeList = {
      "0:Success.",
      "1:Could not connect, or the node has failed.",
      "2:Invalid command line.",
      "3:The node rejected the token.",
      "4:The node has no operators' API."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL              Default of --url.",
      "  LUNA_SENDER_OPERATOR_TOKEN   The token. Other users could see it in an option.",
      "",
      "Examples:",
      "  Which account has the most clients?",
      "    luna-sender accounts | sort -k 2 -n -r | head"
    })
public final class AccountsCommand extends OperatorOptions implements Callable<Integer> {
  @Option(
      names = {"-j", "--json"},
      description = "Prints JSON instead of a table.")
  private boolean json;

  AccountsCommand() {
    this(System.getenv());
  }

  AccountsCommand(Map<String, String> environment) {
    super(environment);
  }

  @Override
  public Integer call() throws Exception {
    return run(client -> pages(client, "", new JsonArray()).map(this::text));
  }

  private Future<JsonArray> pages(OperatorClient client, String after, JsonArray found) {
    return client
        .send(HttpMethod.GET, asked("/accounts?limit=1000" + after))
        .map(this::reportSilent)
        .compose(
            page -> {
              found.addAll(page.getJsonArray("accounts"));
              String next = page.getString("next");
              return next == null
                  ? Future.succeededFuture(found)
                  : pages(client, "&after=" + next, found);
            });
  }

  private String text(JsonArray found) {
    if (json) {
      return found.encodePrettily();
    }
    TextTable table =
        new TextTable(
            "ACCOUNT",
            "CLIENTS",
            "EVENTS",
            "EVENTS/S",
            "MATCHED",
            "DELIVERED",
            "DROPPED",
            "SHED",
            "GAPS",
            "FILTERS");
    for (Object each : found) {
      JsonObject account = (JsonObject) each;
      table.add(
          account.getString("account_id"),
          account.getInteger("connections"),
          account.getLong("events", 0L),
          account.getDouble("events_per_second", 0.0),
          account.getLong("matched", 0L),
          account.getLong("delivered", 0L),
          account.getLong("dropped", 0L),
          account.getLong("shed", 0L),
          account.getLong("gaps", 0L),
          account.getLong("filter_bytes"));
    }
    return table.toString();
  }
}
