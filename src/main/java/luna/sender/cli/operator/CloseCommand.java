package luna.sender.cli.operator;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import luna.sender.event.Uuid;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Closes connections of a node. */
@Command(
    name = "close",
    header = "Closes connections of a node or of all, with close code 4403.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "luna-sender close [OPTIONS] ID...",
      "luna-sender close [OPTIONS] --account=UUID"
    },
    descriptionHeading = "%n",
    description =
        "What is queued for a client is sent first. The log of the node has the operator's name.",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = OperatorOptions.EXIT_CODES_HEADING,
    exitCodeList = {
      "0:The connections are closing.",
      "1:Could not connect, or the node has failed.",
      "2:Invalid command line.",
      "3:The node rejected the token, or it may only read.",
      "4:The node has no such connection (others are closed), or no operators' API.",
      "5:Some nodes did not answer with --cluster; they may have closed nothing."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LUNA_SENDER_URL              Default of --url.",
      "  LUNA_SENDER_OPERATOR_TOKEN   The token. Other users could see it in an option.",
      "",
      "Examples:",
      "  Close one connection:",
      "    luna-sender close 5f0c3a91-1204",
      "  Close all of an account whose token has leaked:",
      "    luna-sender close --cluster --account $ACCOUNT"
    })
public final class CloseCommand extends OperatorOptions implements Callable<Integer> {
  private static final int NOT_FOUND = 4;
  private static final int SILENT_NODES = 5;

  @Parameters(
      arity = "0..*",
      paramLabel = "ID",
      description = "An id from the list of connections.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = {"-a", "--account"},
      paramLabel = "UUID",
      description = "All clients of this account.")
  private @Nullable String account;

  /** Whether the node had no client with one of the ids. */
  private boolean unknown;

  CloseCommand() {
    this(System.getenv());
  }

  CloseCommand(Map<String, String> environment) {
    super(environment);
  }

  @Override
  public Integer call() throws Exception {
    if (ids.isEmpty() == (account == null)) {
      throw wrong("nothing to close, or both (expected: ids, or --account)");
    }
    for (String id : ids) {
      if (!id.matches("[0-9a-f]{8}-[0-9]{1,18}")) {
        throw wrong("ID: " + id + " (expected: an id from the list of connections)");
      }
    }
    if (account != null && !Uuid.is(account.toLowerCase(Locale.ROOT))) {
      throw wrong("--account: " + account + " (expected: a UUID)");
    }
    int code =
        run(
            client ->
                (account == null
                        ? closeEach(client)
                        : close(client, "/accounts/" + account + "/connections"))
                    .map(count -> "connections closed: " + count));
    if (code != 0) {
      return code;
    }
    return anySilent() ? SILENT_NODES : unknown ? NOT_FOUND : 0;
  }

  /** Closes each connection, also if others have ended meanwhile. */
  private Future<Integer> closeEach(OperatorClient client) {
    Future<Integer> closed = Future.succeededFuture(0);
    for (String id : ids) {
      closed =
          closed.compose(
              before ->
                  close(client, "/connections/" + id)
                      .recover(failure -> notFound(id, failure))
                      .map(count -> before + count));
    }
    return closed;
  }

  private Future<Integer> notFound(String id, Throwable failure) {
    if (failure instanceof OperatorClient.Refused refusal
        && refusal.status() == 404
        && String.valueOf(refusal.getMessage()).contains(id)) {
      unknown = true;
      String message = String.valueOf(refusal.getMessage());
      foundSilent(message.contains("no answer of"));
      error(message);
      return Future.succeededFuture(0);
    }
    return Future.failedFuture(failure);
  }

  private Future<Integer> close(OperatorClient client, String path) {
    return client
        .send(HttpMethod.DELETE, asked(path))
        .map(this::reportSilent)
        .map(body -> body.getInteger("closed"));
  }
}
