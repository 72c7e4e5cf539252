package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
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
import io.vertx.openapi.validation.ValidatedRequest;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringTokenizer;
import luna.sender.admission.WorkQueue;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.StoredEventRequest;
import luna.sender.filter.Clause;
import luna.sender.filter.EventFilter;
import luna.sender.filter.FilterContract;
import luna.sender.headers.EncodedTexts;

/**
 * Handles operation {@code explain}: reports for each clause of a filter whether an event passes
 * it, and why.
 *
 * <p>How: filters are parsed by the code that parses those of handshakes, and events by the code
 * that parses payloads from Redis. The result is that of {@link
 * luna.sender.filter.EventFilter#matches}, which agrees with delivery ({@link
 * luna.sender.filter.FilterIndex}); {@code FilterIndexPropertyTest} checks that. A body may be as
 * large as a payload, so the event loop only copies bytes. The work runs in a {@link WorkQueue},
 * which serves accounts round-robin.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} with the name of the parameter, {@link ApiError#BAD_BODY}
 * for an event that the bridge would reject, {@link ApiError#EVENT_NOT_KEPT}, {@link
 * luna.sender.admission.LimitExceeded} and {@link ApiError#UNAVAILABLE} under load, and those of
 * {@link RequestBodies#read}.
 *
 * <p>Owner: confined to its event loop. Submitted tasks are stateless.
 */
final class ExplainHandler implements Handler<RoutingContext> {
  private final Config config;
  private final ContractValidator queries;
  private final Validator schema;
  private final RequestBodies bodies;
  private final WorkQueue work;
  private final FilterContract filters;
  private final PayloadParser parser;
  private final DeliveryOptions local;

  /** A parsed body and its filter. */
  private record ParsedRequest(ExplainBody body, ParsedQuery query) {}

  ExplainHandler(Config config, Contract contract, RequestBodies bodies, WorkQueue work) {
    this.config = config;
    // The query parameters of a handshake are the filters.
    this.queries = contract.validator(contract.operation("ws"));
    this.schema = contract.bodyValidator("explain");
    this.bodies = bodies;
    this.work = work;
    this.filters = contract.filters();
    this.parser = new PayloadParser(config.redis().payloadLimitBytes(), filters.events(), true);
    this.local =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
  }

  @Override
  public void handle(RoutingContext context) {
    String account = RequestState.of(context).account();
    RequestBodies.requireJson(context.request());
    bodies
        .read(context)
        .compose(body -> work.submit(account, () -> parsed(body)))
        .compose(
            parsed ->
                event(context, account, parsed.body)
                    .compose(event -> work.submit(account, () -> explanation(parsed, event))))
        .onSuccess(
            json -> {
              context
                  .response()
                  .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                  .putHeader(HttpHeaders.CONTENT_TYPE, RequestBodies.JSON);
              Responses.end(context.request(), json);
            })
        .onFailure(context::fail);
  }

  private ParsedRequest parsed(Buffer bytes) {
    ExplainBody body = ExplainBody.parse(bytes, schema);
    return new ParsedRequest(body, query(body.filter()));
  }

  /** Parses a filter. A leading question mark is allowed, because users copy queries from URLs. */
  private ParsedQuery query(String filter) {
    String text = filter.startsWith("?") ? filter.substring(1) : filter;
    QueryCheck.require(text);
    // One char per byte, as the HTTP decoder returns it.
    String query = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    ValidatedRequest validated =
        new ValidatedRequestImpl(Map.of(), Map.of(), Map.of(), queries.query(query));
    StartParameters.of(validated, config.history().enabled());
    return ParsedQuery.of(query, validated, filters, config);
  }

  private Future<Event> event(RoutingContext context, String account, ExplainBody body) {
    Buffer payload = body.event();
    return payload == null
        ? recall(context, account, Objects.requireNonNull(body.eventId()))
        : work.submit(account, () -> read(account, payload));
  }

  private Future<Event> recall(RoutingContext context, String account, String eventId) {
    int bridge = BusAddresses.bridgeOf(account, config.redis().bridges());
    return context
        .vertx()
        .eventBus()
        .<Event>request(
            BusAddresses.recall(bridge), new StoredEventRequest(account, eventId), local)
        .map(Message::body)
        .recover(failure -> Future.failedFuture(notKept(eventId, failure)));
  }

  private Throwable notKept(String eventId, Throwable failure) {
    if (!(failure instanceof ReplyException reply)
        || reply.failureCode() != StoredEventRequest.NONE) {
      return lookupFailure(failure);
    }
    int kept = config.ws().keptEvents();
    return new ApiException(
        ApiError.EVENT_NOT_KEPT,
        "event_id: "
            + ParameterError.shown(eventId)
            + (kept == 0
                ? " (expected: the event itself, because KEPT_EVENTS is 0)"
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

  private static Throwable lookupFailure(Throwable failure) {
    return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT
        ? new ApiException(ApiError.UNAVAILABLE, "The lookup of the event timed out")
        : failure;
  }

  private static Buffer explanation(ParsedRequest parsed, Event event) {
    EventFilter filter = parsed.query.options().filter();
    JsonArray clauses = new JsonArray();
    for (Clause clause : Clause.of(filter)) {
      Clause.Result result = clause.evaluate(event.attributes());
      clauses.add(
          new JsonObject()
              .put("filter", result.parameter())
              .put("wanted", result.wanted())
              .put("value", result.value())
              .put("passes", result.passes())
              .put("reason", result.reason()));
    }
    return new JsonObject()
        .put("passes", filter.matches(event))
        .put("event_id", event.id())
        .put("clauses", clauses)
        .put("ignored", ignored(parsed.query.ignored()))
        .put("warnings", new JsonArray(EncodedTexts.decode(parsed.query.warnings())))
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
