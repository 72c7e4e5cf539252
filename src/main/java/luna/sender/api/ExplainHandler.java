package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringTokenizer;
import luna.sender.admission.LimitExceeded;
import luna.sender.admission.WorkQueue;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.Recall;
import luna.sender.filter.Clause;
import luna.sender.filter.EventFilter;
import luna.sender.metrics.FaultGuard;
import org.jspecify.annotations.Nullable;

/**
 * Operation {@code explain}: why a filter passes an event, or does not, clause by clause.
 *
 * <p>Shape: the filter is compiled by what compiles those of handshakes, and the event is read by
 * what reads those of Redis, so the answer is that of the delivery. All of it may be as long as a
 * payload, so the event loop only carries bytes: the work is done in a {@link WorkQueue}, in which
 * accounts take turns.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} that names the parameter, {@link ApiError#BAD_BODY} for an
 * event that the bridge would not take, {@link ApiError#EVENT_NOT_KEPT}, {@link ApiError#FULL} and
 * {@link ApiError#UNAVAILABLE} under load, and those of {@link AccessHandler#account} and {@link
 * RequestBodies#read}.
 *
 * <p>Owner: confined to its event loop, but for what it submits, which is stateless.
 */
final class ExplainHandler implements Handler<RoutingContext> {
  private static final String JSON = "application/json";

  private final Config config;
  private final ContractValidator queries;
  private final Validator schema;
  private final RequestBodies bodies;
  private final WorkQueue work;
  private final PayloadParser parser;
  private final DeliveryOptions local;

  /** A body that was read, and its filter. */
  private record Question(ExplainBody body, WsHandler.Wish wish) {}

  /**
   * @param handshakes the operation whose parameters filters are
   * @param questions the operation that this answers
   */
  ExplainHandler(
      Vertx vertx,
      FaultGuard guard,
      Config config,
      OpenAPIContract contract,
      Operation handshakes,
      Operation questions,
      WorkQueue work) {
    this.config = config;
    this.queries = new ContractValidator(contract, handshakes);
    this.schema =
        contract
            .getSchemaRepository()
            .validator(
                Objects.requireNonNull(questions.getRequestBody().getContent().get(JSON))
                    .getSchema());
    this.bodies =
        new RequestBodies(
            vertx, guard, config.redis().payloadLimitBytes(), config.http().handshakeTimeout());
    this.work = work;
    this.parser = new PayloadParser(config.redis().payloadLimitBytes(), true);
    this.local =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
  }

  @Override
  public void handle(RoutingContext context) {
    String account = AccessHandler.account(context);
    String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (!isJson(type)) {
      throw new ApiException(
          ApiError.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type: "
              + ParameterError.shown(type == null ? "" : type)
              + " (expected: "
              + JSON
              + ")");
    }
    bodies
        .read(context)
        .compose(body -> work.submit(account, () -> question(body)))
        .compose(
            question ->
                event(context, account, question.body)
                    .compose(event -> work.submit(account, () -> explanation(question, event))))
        .onSuccess(
            json ->
                Responses.end(
                    context
                        .response()
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON),
                    json))
        .onFailure(
            failure ->
                context.fail(
                    failure instanceof LimitExceeded refused
                        ? AdmissionHandler.failure(refused)
                        : failure));
  }

  /** The type itself; what its parameters say makes no difference to JSON. */
  private static boolean isJson(@Nullable String type) {
    if (type == null) {
      return false;
    }
    int semicolon = type.indexOf(';');
    return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().equalsIgnoreCase(JSON);
  }

  private Question question(Buffer bytes) {
    ExplainBody body = ExplainBody.parse(bytes, schema);
    return new Question(body, wish(body.filter()));
  }

  /** A question mark before the query is what one gets by copying it from a URL. */
  private WsHandler.Wish wish(String filter) {
    String text = filter.startsWith("?") ? filter.substring(1) : filter;
    ContractRouter.requireNoSecret(text);
    // As it would come over HTTP: a char for each byte.
    String query = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    Map<String, RequestParameter> values = queries.query(query);
    return WsHandler.wish(
        query, new ValidatedRequestImpl(Map.of(), Map.of(), Map.of(), values), config.ws());
  }

  private Future<Event> event(RoutingContext context, String account, ExplainBody body) {
    Buffer payload = body.event();
    return payload == null
        ? kept(context, account, Objects.requireNonNull(body.eventId()))
        : work.submit(account, () -> read(account, payload));
  }

  private Future<Event> kept(RoutingContext context, String account, String eventId) {
    int bridge = BusAddresses.bridgeOf(account, config.redis().bridges());
    return context
        .vertx()
        .eventBus()
        .<Event>request(BusAddresses.recall(bridge), new Recall(account, eventId), local)
        .map(Message::body)
        .recover(failure -> Future.failedFuture(notKept(eventId, failure)));
  }

  private Throwable notKept(String eventId, Throwable failure) {
    if (!(failure instanceof ReplyException reply) || reply.failureCode() != Recall.NONE) {
      return unanswered(failure);
    }
    int kept = config.ws().keptEvents();
    return new ApiException(
        ApiError.EVENT_NOT_KEPT,
        "event_id: "
            + ParameterError.shown(eventId)
            + (kept == 0
                ? " (expected: KEPT_EVENTS, which is 0 here; or the event itself)"
                : " (expected: one of the last " + kept + " of the account on this node)"));
  }

  private Event read(String account, Buffer payload) {
    try {
      List<Event> events = parser.parse(account, payload.getBytes(), System.nanoTime()).events();
      if (events.isEmpty()) {
        throw unreadable(MalformedPayloadException.Reason.EVENT_NOT_OBJECT);
      }
      return events.get(0);
    } catch (MalformedPayloadException failure) {
      throw unreadable(failure.reason());
    }
  }

  private static ApiException unreadable(MalformedPayloadException.Reason reason) {
    return new ApiException(ApiError.BAD_BODY, "event: " + reason.label());
  }

  private static Throwable unanswered(Throwable failure) {
    return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT
        ? new ApiException(ApiError.UNAVAILABLE, "The event was not found in time")
        : failure;
  }

  private static Buffer explanation(Question question, Event event) {
    EventFilter filter = question.wish.terms().filter();
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
        .put("event_id", event.id())
        .put("clauses", clauses)
        .put("ignored", ignored(question.wish.ignored()))
        .toBuffer();
  }

  private static JsonArray ignored(String names) {
    JsonArray ignored = new JsonArray();
    for (StringTokenizer each = new StringTokenizer(names, ","); each.hasMoreTokens(); ) {
      ignored.add(URLDecoder.decode(each.nextToken(), StandardCharsets.UTF_8));
    }
    return ignored;
  }
}
