package luna.sender.cli.operator;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import luna.sender.cli.client.TlsTrust;
import luna.sender.cli.client.TrustOptions;
import luna.sender.cli.command.ErrorLine;
import luna.sender.cli.command.ProcessExit;
import luna.sender.cli.tail.Endpoint;
import luna.sender.cli.tail.OperatorToken;
import luna.sender.log.CauseText;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of commands that use the operators' API, and how such a command runs.
 *
 * <p>Errors: {@link ParameterException} with the option, or one line on standard error.
 *
 * <p>Owner: one thread.
 */
class OperatorOptions {
  static final String EXIT_CODES_HEADING = "%nExit codes:%n";

  /** Each request has a limit of its own; a list can need many. */
  private static final Duration WAIT = Duration.ofMinutes(10);

  @Spec CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  @Option(
      names = {"-u", "--url"},
      paramLabel = "URL",
      defaultValue = "${env:LUNA_SENDER_URL:-http://127.0.0.1:5080}",
      description = "The node: http, https, ws or wss, host and port (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Mixin private OperatorToken token = new OperatorToken();

  @Option(
      names = "--cluster",
      description = "All nodes that use the same Redis, not only this one.")
  private boolean cluster;

  /** Whether a node has not answered with {@code --cluster}. */
  private boolean silent;

  @Mixin private TrustOptions trust = new TrustOptions();

  /**
   * @param environment variables of the process
   */
  OperatorOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Prints the text that the work returns. Returns the exit code. */
  final int run(Function<OperatorClient, Future<String>> work) throws Exception {
    Endpoint endpoint = endpoint();
    String token = token();
    TlsTrust trusted = trust.trust();
    String node = endpoint.base();
    if (endpoint.isExposed()) {
      error("warning: " + Endpoint.EXPOSED_TOKEN);
    }
    if (trusted.insecure() && endpoint.tls()) {
      error("warning: --insecure: the node's certificate is not verified");
    }
    Vertx vertx = Vertx.vertx();
    try {
      String text =
          ProcessExit.await(work.apply(new OperatorClient(vertx, node, token, trusted)), WAIT);
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
      return 0;
    } catch (OperatorClient.Refused refusal) {
      return refused(refusal);
    } catch (Exception failure) {
      error(node + ": " + CauseText.of(failure));
      return 1;
    } finally {
      ProcessExit.close(vertx);
    }
  }

  /** Returns a path with a query that asks all nodes, if the user wants that. */
  final String asked(String path) {
    return cluster ? path + (path.contains("?") ? "&" : "?") + "cluster=1" : path;
  }

  /** Names the nodes that have not answered. Returns the response. */
  final JsonObject reportSilent(JsonObject response) {
    for (Object each : response.getJsonArray("nodes", new JsonArray())) {
      JsonObject node = (JsonObject) each;
      if (!node.getBoolean("answered")) {
        silent = true;
        error(
            "warning: no answer of node "
                + node.getString("node")
                + " ("
                + node.getString("host")
                + ")");
      }
    }
    return response;
  }

  final void foundSilent(boolean found) {
    silent |= found;
  }

  final boolean anySilent() {
    return silent;
  }

  private int refused(OperatorClient.Refused refusal) {
    boolean noApi = refusal.status() == 404 && "Page not found".equals(refusal.getMessage());
    error(
        "HTTP "
            + refusal.status()
            + ": "
            + refusal.getMessage()
            + (noApi ? " (is LUNA_SENDER_ADMIN.TOKENS_FILE configured?)" : ""));
    return switch (refusal.status()) {
      case 400 -> 2;
      case 401, 403 -> 3;
      case 404 -> 4;
      default -> 1;
    };
  }

  final void error(String text) {
    ErrorLine.print(spec, text);
  }

  private String token() {
    try {
      String given = token.read(environment);
      if (given != null) {
        return given;
      }
    } catch (IllegalArgumentException unreadable) {
      throw wrong(String.valueOf(unreadable.getMessage()));
    }
    throw wrong(OperatorToken.VARIABLE + ": none (expected: an operator's token, or --token-file)");
  }

  private Endpoint endpoint() {
    try {
      Endpoint endpoint = Endpoint.parse(url);
      if (endpoint.query().isEmpty()) {
        return endpoint;
      }
    } catch (IllegalArgumentException invalid) {
      throw wrong(String.valueOf(invalid.getMessage()));
    }
    throw wrong("--url: " + url + " (expected: no query)");
  }

  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
