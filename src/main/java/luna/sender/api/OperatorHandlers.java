package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import luna.sender.config.Network;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.metrics.AccountCounters;
import luna.sender.metrics.Metrics;
import luna.sender.socket.AccountState;
import luna.sender.socket.ClientInfo;
import luna.sender.socket.ConnectionFilter;
import luna.sender.socket.ConnectionState;
import luna.sender.socket.Connections;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles the operations of operators: lists the clients and accounts of this node, and closes
 * clients.
 *
 * <p>Shape: schemas {@code ConnectionsPage}, {@code AccountsPage} and {@code Closed} in {@code
 * openapi.yaml}.
 *
 * <p>Errors: {@link ApiError#CONNECTION_NOT_FOUND} for an id that no client of this node has,
 * {@link ApiError#UNAVAILABLE} if an event loop does not answer.
 *
 * <p>Owner: confined to its event loop.
 */
final class OperatorHandlers {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorHandlers.class);
  private static final int DEFAULT_LIMIT = 100;

  private final Vertx vertx;
  private final Connections connections;
  private final Metrics metrics;

  OperatorHandlers(Vertx vertx, Connections connections, Metrics metrics) {
    this.vertx = vertx;
    this.connections = connections;
    this.metrics = metrics;
  }

  /** Handles the operation {@code connections}. */
  void connections(RoutingContext context) {
    ValidatedRequest request = RequestState.of(context).validated();
    int limit = number(request, "limit", DEFAULT_LIMIT).intValue();
    String after = text(request, "after");
    if (after != null && !isOurs(after)) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          "after: " + after + " (expected: next of a page of node " + connections.node() + ")");
    }
    ConnectionFilter filter =
        new ConnectionFilter(
            lowerCase(text(request, "account_id")),
            address(text(request, "address")),
            slow(text(request, "slow")),
            number(request, "queued_bytes__gte", 0).longValue(),
            number(request, "dropped__gte", 0).longValue());
    answer(
        context,
        connections.list(vertx, filter, after == null ? 0 : number(after), limit + 1),
        found -> page("connections", found, limit, this::json, each -> id(each.client())));
  }

  /** Handles the operation {@code accounts}. */
  void accounts(RoutingContext context) {
    ValidatedRequest request = RequestState.of(context).validated();
    int limit = number(request, "limit", DEFAULT_LIMIT).intValue();
    String after = lowerCase(text(request, "after"));
    answer(
        context,
        connections.accounts(vertx, after == null ? "" : after, limit + 1),
        found ->
            page(
                "accounts",
                found,
                limit,
                each -> json(each, metrics.accounts().sums(each.account())),
                AccountState::account));
  }

  /** Handles the operation {@code closeConnection}. */
  void closeConnection(RoutingContext context) {
    String id = context.pathParam("id");
    Future<Integer> closed = Future.succeededFuture(0);
    if (isOurs(id)) {
      log(context, "connection", id);
      closed = connections.close(vertx, number(id));
    }
    answer(
        context,
        closed,
        count -> {
          if (count == 0) {
            throw new ApiException(
                ApiError.CONNECTION_NOT_FOUND, "Connection " + id + " not found on this node");
          }
          return new JsonObject().put("closed", count);
        });
  }

  /** Handles the operation {@code closeAccountConnections}. */
  void closeAccountConnections(RoutingContext context) {
    String account = context.pathParam("id").toLowerCase(Locale.ROOT);
    log(context, "account", account);
    answer(
        context,
        connections.closeAccount(vertx, account),
        count -> new JsonObject().put("closed", count));
  }

  /** Logs a change before it is made, so that one that fails half way has its line too. */
  private static void log(RoutingContext context, String kind, String id) {
    RequestState state = RequestState.of(context);
    LOG.atInfo()
        .addKeyValue("request_id", state.requestId())
        .addKeyValue("operator", state.operator())
        .addKeyValue(kind, id)
        .log("An operator closes connections");
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
                    failure instanceof TimeoutException
                        ? new ApiException(
                            ApiError.UNAVAILABLE, String.valueOf(failure.getMessage()))
                        : failure));
  }

  /**
   * Returns a page of a list.
   *
   * @param found one more than the limit, if there are more
   * @param id of an element, after which the next page continues
   */
  private <T> JsonObject page(
      String name, List<T> found, int limit, Function<T, JsonObject> json, Function<T, String> id) {
    List<T> shown = found.subList(0, Math.min(limit, found.size()));
    JsonArray elements = new JsonArray();
    shown.forEach(each -> elements.add(json.apply(each)));
    JsonObject page = new JsonObject().put("node", connections.node()).put(name, elements);
    if (found.size() > limit) {
      page.put("next", id.apply(shown.get(limit - 1)));
    }
    return page;
  }

  private JsonObject json(ConnectionState state) {
    ClientInfo client = state.client();
    return new JsonObject()
        .put("id", id(client))
        .put("account_id", state.account())
        .put("address", client.address())
        .put("since", Instant.ofEpochMilli(client.sinceMillis()).toString())
        .put("transport", client.transport().name().toLowerCase(Locale.ROOT))
        .put("filter", client.filter())
        .put("slow", state.slow().toString())
        .put("replays", state.replays())
        .put("queued_bytes", state.queuedBytes())
        .put("queued_events", state.queuedFrames())
        .put("delivered", state.delivered())
        .put("dropped", state.dropped())
        .put("lag", state.lag().toMillis() / 1000.0)
        .put("user_agent", client.userAgent())
        .put("request_id", state.requestId());
  }

  private static JsonObject json(AccountState state, AccountCounters.@Nullable Sums counts) {
    JsonObject account =
        new JsonObject()
            .put("account_id", state.account())
            .put("connections", state.connections())
            .put("queued_bytes", state.queuedBytes())
            .put("filter_bytes", state.filterBytes());
    if (counts != null) {
      account
          .put("events", counts.events())
          .put("shed", counts.shed())
          .put("matched", counts.matched())
          .put("delivered", counts.delivered())
          .put("dropped", counts.dropped().values().stream().mapToLong(Long::longValue).sum());
    }
    return account;
  }

  private String id(ClientInfo client) {
    return connections.node() + "-" + client.number();
  }

  /** Returns whether an id that the contract has validated belongs to this process. */
  private boolean isOurs(String id) {
    return id.startsWith(connections.node() + "-");
  }

  /** Returns an address as clients have it; what is no address is no client's. */
  private static @Nullable String address(@Nullable String text) {
    byte[] address = text == null ? null : Network.address(text);
    return address == null ? text : Network.text(address);
  }

  /** Returns the number of an id that the contract has validated. */
  private static long number(String id) {
    return Long.parseLong(id.substring(id.indexOf('-') + 1));
  }

  private static Number number(ValidatedRequest request, String name, int absent) {
    RequestParameter parameter = request.getQuery().get(name);
    return parameter == null || parameter.isNull() ? absent : (Number) parameter.get();
  }

  private static @Nullable String text(ValidatedRequest request, String name) {
    RequestParameter parameter = request.getQuery().get(name);
    return parameter == null || parameter.isNull() ? null : parameter.getString();
  }

  private static @Nullable String lowerCase(@Nullable String text) {
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }

  private static @Nullable SlowPolicy slow(@Nullable String name) {
    return name == null ? null : SlowPolicy.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
