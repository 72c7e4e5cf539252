package luna.sender.cli.operator;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the clients that are connected to a node. */
@Command(
    name = "connections",
    header = "Lists the clients that are connected to a node, or to any.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    descriptionHeading = "%n",
    description = "Conditions combine by AND. The oldest connections are listed first.",
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
      "  Who does not keep up?",
      "    luna-sender connections --min-queued 65536",
      "  The clients of an account, as JSON:",
      "    luna-sender connections -a $ACCOUNT --json"
    })
public final class ConnectionsCommand extends OperatorOptions implements Callable<Integer> {
  private static final int PAGE = 1000;

  @Option(
      names = {"-a", "--account"},
      paramLabel = "UUID",
      description = "Only clients of this account.")
  private @Nullable String account;

  @Option(
      names = "--address",
      paramLabel = "IP",
      description = "Only clients with this IP address.")
  private @Nullable String address;

  @Option(
      names = "--slow",
      paramLabel = "POLICY",
      description = "Only clients with this policy: close, drop_oldest or latest.")
  private @Nullable String slow;

  @Option(
      names = "--min-queued",
      paramLabel = "BYTES",
      description = "Only clients for which at least this much is queued.")
  private @Nullable Long queued;

  @Option(
      names = "--min-dropped",
      paramLabel = "N",
      description = "Only clients that did not get at least this many events.")
  private @Nullable Long dropped;

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      defaultValue = "100",
      description = "How many clients at most (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = {"-j", "--json"},
      description = "Prints JSON instead of a table.")
  private boolean json;

  ConnectionsCommand() {
    this(System.getenv());
  }

  ConnectionsCommand(Map<String, String> environment) {
    super(environment);
  }

  @Override
  public Integer call() throws Exception {
    if (limit < 1) {
      throw wrong("--limit: " + limit + " (expected: 1 or more)");
    }
    return run(client -> pages(client, null, new JsonArray()).map(this::text));
  }

  /** Reads pages until the limit is reached. */
  private Future<JsonArray> pages(OperatorClient client, @Nullable String after, JsonArray found) {
    int wanted = Math.min(PAGE, limit - found.size());
    return client
        .send(HttpMethod.GET, asked("/connections?" + query(after, wanted)))
        .map(this::reportSilent)
        .compose(
            page -> {
              found.addAll(page.getJsonArray("connections"));
              String next = page.getString("next");
              if (page.getBoolean("more", false)) {
                error("there are more clients (--limit: " + limit + "; 1000 with --cluster)");
              }
              if (next == null) {
                return Future.succeededFuture(found);
              }
              if (found.size() >= limit) {
                error("there are more clients (--limit: " + limit + ")");
                return Future.succeededFuture(found);
              }
              return pages(client, next, found);
            });
  }

  private String query(@Nullable String after, int wanted) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("account_id", account);
    values.put("address", address);
    values.put("slow", slow);
    values.put("queued_bytes__gte", queued);
    values.put("dropped__gte", dropped);
    values.put("after", after);
    values.put("limit", wanted);
    return values.entrySet().stream()
        .filter(each -> each.getValue() != null)
        .map(
            each ->
                each.getKey()
                    + "="
                    + URLEncoder.encode(String.valueOf(each.getValue()), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private String text(JsonArray found) {
    if (json) {
      return found.encodePrettily();
    }
    TextTable table =
        new TextTable(
            "ID", "ACCOUNT", "ADDRESS", "SINCE", "DELIVERED", "DROPPED", "QUEUED", "LAG", "FILTER");
    for (Object each : found) {
      JsonObject client = (JsonObject) each;
      table.add(
          client.getString("id"),
          client.getString("account_id"),
          client.getString("address"),
          client.getString("since"),
          client.getLong("delivered"),
          client.getLong("dropped"),
          client.getLong("queued_bytes"),
          client.getDouble("lag"),
          client.getString("filter"));
    }
    return table.toString();
  }
}
