package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.event.Addresses;
import luna.sender.event.Event;
import luna.sender.event.Recall;
import luna.sender.filter.Clause;
import luna.sender.filter.EventFilter;
import org.jspecify.annotations.Nullable;

/**
 * Operation {@code explain}: why a filter passes an event, or does not, clause by clause.
 *
 * <p>Shape: the filter is compiled by what compiles those of handshakes, and the event is read by
 * what reads those of Redis, so the answer is that of the delivery.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} that names the parameter, {@link ApiError#BAD_BODY} for an
 * event that the bridge would not take, {@link ApiError#EVENT_NOT_KEPT}, and those of {@link
 * AccessHandler#account}.
 *
 * <p>Owner: confined to its event loop.
 */
final class ExplainHandler implements Handler<RoutingContext> {
  private final Config config;
  private final ContractValidator queries;
  private final DeliveryOptions local;

  /**
   * @param handshakes the operation whose parameters filters are
   */
  ExplainHandler(Config config, OpenAPIContract contract, Operation handshakes) {
    this.config = config;
    this.queries = new ContractValidator(contract, handshakes);
    this.local =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
  }

  @Override
  public void handle(RoutingContext context) {
    String account = AccessHandler.account(context);
    JsonObject body = ContractValidator.body(context);
    WsHandler.Wish wish = wish(body.getString("filter"));
    Future<Event> event =
        body.containsKey("event_id")
            ? kept(context, account, body.getString("event_id"))
            : read(context, account, body);
    event
        .map(found -> explanation(body, wish, found))
        .onSuccess(
            json ->
                Answers.end(
                    context
                        .response()
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json"),
                    json.toBuffer()))
        .onFailure(context::fail);
  }

  /** A question mark before the query is what one gets by copying it from a URL. */
  private WsHandler.Wish wish(String filter) {
    String text = filter.startsWith("?") ? filter.substring(1) : filter;
    // As it would come over HTTP: a char for each byte.
    String query = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    Map<String, RequestParameter> values = queries.query(query);
    return WsHandler.wish(
        query, new ValidatedRequestImpl(Map.of(), Map.of(), Map.of(), values), config.ws());
  }

  private Future<Event> kept(RoutingContext context, String account, String eventId) {
    int bridge = Addresses.bridgeOf(account, config.redis().bridges());
    return context
        .vertx()
        .eventBus()
        .<Event>request(Addresses.recall(bridge), new Recall(account, eventId), local)
        .map(Message::body)
        .recover(failure -> Future.failedFuture(notKept(eventId, failure)));
  }

  private Throwable notKept(String eventId, Throwable failure) {
    if (!(failure instanceof ReplyException reply) || reply.failureCode() != Recall.NONE) {
      return failure;
    }
    int kept = config.ws().keptEvents();
    return new ApiFailure(
        ApiError.EVENT_NOT_KEPT,
        "event_id: "
            + ParameterFault.shown(eventId)
            + (kept == 0
                ? " (expected: KEPT_EVENTS, which is 0 here; or the event itself)"
                : " (expected: one of the last " + kept + " of the account on this node)"));
  }

  private Future<Event> read(RoutingContext context, String account, JsonObject body) {
    JsonObject payload =
        new JsonObject()
            .put("handler_id", body.getString("handler_id"))
            .put("events", new JsonArray().add(body.getJsonObject("event")));
    return context
        .vertx()
        .eventBus()
        .<Event>request(
            Addresses.READ,
            payload.toBuffer(),
            new DeliveryOptions(local).addHeader("account", account))
        .map(Message::body)
        .recover(failure -> Future.failedFuture(unread(failure)));
  }

  private static Throwable unread(Throwable failure) {
    return failure instanceof ReplyException reply
            && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
        ? new ApiFailure(ApiError.BAD_BODY, "event: " + reply.getMessage())
        : failure;
  }

  private static JsonObject explanation(JsonObject body, WsHandler.Wish wish, Event event) {
    EventFilter filter = wish.terms().filter();
    JsonArray clauses = new JsonArray();
    for (Clause clause : Clause.of(filter)) {
      Clause.Verdict verdict = clause.verdict(filter, event.attributes());
      clauses.add(
          new JsonObject()
              .put("filter", verdict.parameter())
              .put("wanted", verdict.wanted())
              .put("value", verdict.value())
              .put("passes", verdict.passes())
              .put("reason", verdict.reason()));
    }
    return new JsonObject()
        .put("passes", filter.matches(event))
        .put("event_id", eventId(body))
        .put("clauses", clauses)
        .put("ignored", ignored(wish.ignored()));
  }

  private static JsonArray ignored(String names) {
    JsonArray ignored = new JsonArray();
    if (!names.isEmpty()) {
      for (String name : names.split(",")) {
        ignored.add(URLDecoder.decode(name, StandardCharsets.UTF_8));
      }
    }
    return ignored;
  }

  private static @Nullable Object eventId(JsonObject body) {
    JsonObject event = body.getJsonObject("event");
    Object id = event == null ? body.getValue("event_id") : event.getValue("event_id");
    return id instanceof String ? id : null;
  }
}
