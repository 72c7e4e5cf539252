package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import luna.sender.config.Network;
import luna.sender.event.BusAddresses;
import luna.sender.metrics.Metrics;
import luna.sender.socket.Connections;
import org.jspecify.annotations.Nullable;

/**
 * Handles the operations of operators: lists the clients and accounts of this node, or of all, and
 * closes clients.
 *
 * <p>How: this node answers the question ({@link OperatorQuestions}); with {@code cluster=1} the
 * other nodes are asked too, and their answers are merged.
 *
 * <p>Shape: schemas {@code ConnectionsPage}, {@code AccountsPage} and {@code Closed} in {@code
 * openapi.yaml}.
 *
 * <p>Errors: {@link ApiError#CONNECTION_NOT_FOUND} for an id that no client has, {@link
 * ApiError#UNAVAILABLE} if an event loop of this node does not answer, or if it does not hear the
 * other nodes. Another node that does not answer is named in the response.
 *
 * <p>Owner: confined to its event loop.
 */
final class OperatorHandlers {
  private static final int DEFAULT_LIMIT = 100;
  private static final double DEFAULT_WAIT_SECONDS = 2;

  private final Vertx vertx;
  private final Connections connections;
  private final OperatorQuestions questions;

  OperatorHandlers(Vertx vertx, Connections connections, Metrics metrics) {
    this.vertx = vertx;
    this.connections = connections;
    this.questions = new OperatorQuestions(vertx, connections, metrics);
  }

  /** Handles the operation {@code connections}. */
  void connections(RoutingContext context) {
    ValidatedRequest request = RequestState.of(context).validated();
    int limit = QueryParameters.number(request, "limit", DEFAULT_LIMIT).intValue();
    String after = QueryParameters.text(request, "after");
    checkAfter(after, isCluster(request));
    JsonObject question =
        question("connections", limit)
            .put("account_id", lowerCase(QueryParameters.text(request, "account_id")))
            .put("address", address(QueryParameters.text(request, "address")))
            .put("slow", QueryParameters.text(request, "slow"))
            .put(
                "queued_bytes__gte",
                QueryParameters.number(request, "queued_bytes__gte", 0).longValue())
            .put("dropped__gte", QueryParameters.number(request, "dropped__gte", 0).longValue())
            .put("after", after == null ? 0 : OperatorQuestions.number(after));
    answer(
        context,
        ask(request, question),
        answers -> {
          List<JsonObject> found = answers.connections();
          if (answers.nodes() == null) {
            return page("connections", found, limit, each -> each.getString("id"));
          }
          return page("connections", found, limit, null)
              .put("more", found.size() > limit || answers.isLimited())
              .put("nodes", answers.nodes());
        });
  }

  private void checkAfter(@Nullable String after, boolean cluster) {
    if (after == null) {
      return;
    }
    String expected =
        cluster
            ? "none with cluster=1"
            : questions.isOurs(after) ? "" : "next of a page of node " + connections.node();
    if (!expected.isEmpty()) {
      throw new ApiException(
          ApiError.BAD_QUERY, "after: " + after + " (expected: " + expected + ")");
    }
  }

  /** Handles the operation {@code accounts}. */
  void accounts(RoutingContext context) {
    ValidatedRequest request = RequestState.of(context).validated();
    int limit = QueryParameters.number(request, "limit", DEFAULT_LIMIT).intValue();
    String after = lowerCase(QueryParameters.text(request, "after"));
    JsonObject question = question("accounts", limit).put("after", after == null ? "" : after);
    answer(
        context,
        ask(request, question),
        answers -> {
          JsonObject page =
              page("accounts", answers.accounts(), limit, each -> each.getString("account_id"));
          return answers.nodes() == null ? page : page.put("nodes", answers.nodes());
        });
  }

  /** Handles the operation {@code closeConnection}. */
  void closeConnection(RoutingContext context) {
    String id = context.pathParam("id");
    answer(
        context,
        ask(
            RequestState.of(context).validated(),
            !questions.isOurs(id),
            change(context, "closeConnection", id)),
        answers -> {
          if (answers.closed() == 0) {
            List<String> silent = answers.silent();
            throw new ApiException(
                ApiError.CONNECTION_NOT_FOUND,
                "Connection "
                    + id
                    + " not found on "
                    + (answers.nodes() == null ? "this node" : "any node that has answered")
                    + (silent.isEmpty() ? "" : "; no answer of " + String.join(", ", silent)));
          }
          return closed(answers);
        });
  }

  /** Handles the operation {@code closeAccountConnections}. */
  void closeAccountConnections(RoutingContext context) {
    String account = context.pathParam("id").toLowerCase(Locale.ROOT);
    answer(
        context,
        ask(
            RequestState.of(context).validated(),
            change(context, "closeAccountConnections", account)),
        OperatorHandlers::closed);
  }

  private static JsonObject closed(OperatorAnswers answers) {
    JsonObject closed = new JsonObject().put("closed", answers.closed());
    return answers.nodes() == null ? closed : closed.put("nodes", answers.nodes());
  }

  /** Asks for one element more than the limit, to know whether there are more. */
  private static JsonObject question(String operation, int limit) {
    return new JsonObject().put("operation", operation).put("limit", limit + 1);
  }

  private static JsonObject change(RoutingContext context, String operation, String id) {
    RequestState state = RequestState.of(context);
    return new JsonObject()
        .put("operation", operation)
        .put("id", id)
        .put("operator", state.operator())
        .put("request_id", state.requestId());
  }

  private static boolean isCluster(ValidatedRequest request) {
    return QueryParameters.number(request, "cluster", 0).intValue() == 1;
  }

  private Future<OperatorAnswers> ask(ValidatedRequest request, JsonObject question) {
    return ask(request, true, question);
  }

  /**
   * Asks this node, and the others if the request says so.
   *
   * @param others whether other nodes can have an answer
   */
  private Future<OperatorAnswers> ask(
      ValidatedRequest request, boolean others, JsonObject question) {
    Future<JsonObject> own = questions.answer(question);
    if (!isCluster(request)) {
      return own.map(answer -> new OperatorAnswers(List.of(answer), null));
    }
    Future<JsonObject> asked =
        others
            ? askNodes(
                question,
                QueryParameters.number(request, "wait", DEFAULT_WAIT_SECONDS).doubleValue())
            : Future.succeededFuture(
                new JsonObject().put("nodes", new JsonArray()).put("answers", new JsonArray()));
    return Future.all(own, asked)
        .map(
            both -> {
              List<JsonObject> answers = new ArrayList<>(List.of(own.result()));
              asked
                  .result()
                  .getJsonArray("answers")
                  .forEach(each -> answers.add((JsonObject) each));
              JsonArray nodes =
                  new JsonArray()
                      .add(
                          new JsonObject()
                              .put("node", connections.node())
                              .put("host", connections.host())
                              .put("answered", true))
                      .addAll(asked.result().getJsonArray("nodes"));
              return new OperatorAnswers(answers, nodes);
            });
  }

  private Future<JsonObject> askNodes(JsonObject question, double waitSeconds) {
    long millis = Math.round(waitSeconds * 1000);
    return vertx
        .eventBus()
        .<JsonObject>request(
            BusAddresses.ASK_NODES,
            new JsonObject().put("question", question).put("wait_millis", millis),
            new DeliveryOptions().setLocalOnly(true).setSendTimeout(millis + 5000))
        .map(answer -> answer.body());
  }

  private static <T> void answer(
      RoutingContext context, Future<T> future, Function<T, JsonObject> body) {
    future
        .map(body)
        .onSuccess(
            json -> {
              context.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
              Responses.json(context.request(), json);
            })
        .onFailure(
            failure ->
                context.fail(
                    failure instanceof TimeoutException || failure instanceof ReplyException
                        ? new ApiException(
                            ApiError.UNAVAILABLE, String.valueOf(failure.getMessage()))
                        : failure));
  }

  /**
   * Returns a page of a list.
   *
   * @param found more than the limit, if there are more
   * @param id of an element, after which the next page continues; null if there is no next page
   */
  private JsonObject page(
      String name, List<JsonObject> found, int limit, @Nullable Function<JsonObject, String> id) {
    List<JsonObject> shown = found.subList(0, Math.min(limit, found.size()));
    JsonObject page = new JsonObject().put("node", connections.node());
    page.put(name, new JsonArray(List.copyOf(shown)));
    return id != null && found.size() > limit
        ? page.put("next", id.apply(shown.get(limit - 1)))
        : page;
  }

  /** Returns an address as clients have it; what is no address is no client's. */
  private static @Nullable String address(@Nullable String text) {
    byte[] address = text == null ? null : Network.address(text);
    return address == null ? text : Network.text(address);
  }

  private static @Nullable String lowerCase(@Nullable String text) {
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }
}
