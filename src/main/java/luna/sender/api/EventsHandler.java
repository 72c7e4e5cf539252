package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.time.Duration;
import luna.sender.admission.Admission;
import luna.sender.admission.Admission.Needs;
import luna.sender.admission.Admission.Reservation;
import luna.sender.auth.Grant;
import luna.sender.config.Config;
import luna.sender.event.HistoryRequest;
import luna.sender.filter.EventFilter;
import luna.sender.filter.FilterContract;
import luna.sender.metrics.GuardedTask;
import luna.sender.socket.EventWait;
import luna.sender.socket.HistoryReads;
import luna.sender.socket.SessionOpener;
import org.jspecify.annotations.Nullable;

/**
 * Handles operation {@code events}: one page of an account's history, at once or as soon as an
 * event arrives.
 *
 * <p>See: {@link HistoryScan} collects the events; {@link EventWait} reports the arrival of one.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} without history, {@link ApiError#UNAVAILABLE} if the
 * history cannot be read or the subscription of a waiting request cannot be confirmed, and {@link
 * luna.sender.admission.LimitExceeded}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class EventsHandler implements Handler<RoutingContext> {
  private static final String JSON = "application/json";
  private static final int DEFAULT_LIMIT = 100;

  /** The part of the heap that pages may use while they are sent. */
  private static final int UNSENT_DIVISOR = 8;

  /** A larger body is sent in parts of this size, one per task of the event loop. */
  private static final int PART_BYTES = 1 << 18;

  private final Vertx vertx;
  private final Config config;
  private final FilterContract filters;
  private final Admission admission;
  private final SessionOpener opener;
  private final HistoryReads history;
  private final SseHandler streams;

  public EventsHandler(
      Vertx vertx,
      Config config,
      FilterContract filters,
      Admission admission,
      SessionOpener opener,
      Streams streams) {
    this.vertx = vertx;
    this.config = config;
    this.filters = filters;
    this.admission = admission;
    this.opener = opener;
    this.history = new HistoryReads(vertx, config.redis(), config.history());
    this.unsentLimitBytes =
        Runtime.getRuntime().maxMemory() / UNSENT_DIVISOR / config.http().eventLoopCount();
    this.streams = new SseHandler(streams);
  }

  /** The bytes of all pages that clients have not read yet, and their limit. */
  private long unsentBytes;

  private final long unsentLimitBytes;

  /** A valid and authorized request. */
  private record PageRequest(
      String account, ParsedQuery query, HistoryStart start, int limit, Duration patience) {
    EventFilter filter() {
      return query.options().filter();
    }
  }

  @Override
  public void handle(RoutingContext context) {
    if (ContentNegotiation.choose(context, JSON, SseHandler.TYPE).equals(SseHandler.TYPE)) {
      streams.handle(context);
      return;
    }
    RequestState state = RequestState.of(context);
    PageRequest request = request(context, state);
    Reservation reservation =
        admission.enter(state.account(), state.client(), needs(request.filter()));
    context.addEndHandler(ended -> reservation.leave());
    collect(request, request.start.range())
        .compose(page -> page.isEmpty() ? await(context, request, page) : done(page))
        .onSuccess(page -> answer(context, request.query, page))
        .onFailure(failure -> context.fail(Streams.error(failure)));
  }

  private PageRequest request(RoutingContext context, RequestState state) {
    ValidatedRequest validated = state.validated();
    String text = context.request().query();
    ParsedQuery query = ParsedQuery.of(text == null ? "" : text, validated, filters, config);
    HistoryStart start = HistoryStart.of(validated);
    if (!config.history().enabled()) {
      throw new ApiException(
          ApiError.BAD_QUERY, "history: off (expected: LUNA_SENDER_HISTORY.MODE redis)");
    }
    int limit = number(validated, "limit", start.last() > 0 ? start.last() : DEFAULT_LIMIT);
    Duration patience = patience(state, number(validated, "wait", 0));
    return new PageRequest(state.account(), query, start, limit, patience);
  }

  /** Returns how long the request may wait: not past the expiry of its token. */
  private static Duration patience(RequestState state, int seconds) {
    Duration wanted = Duration.ofSeconds(seconds);
    Grant grant = state.grant();
    if (grant == null) {
      return wanted;
    }
    long leftMillis = Math.max(0, grant.untilMillis() - System.currentTimeMillis());
    return leftMillis < wanted.toMillis() ? Duration.ofMillis(leftMillis) : wanted;
  }

  private static int number(ValidatedRequest validated, String name, int absent) {
    RequestParameter parameter = validated.getQuery().get(name);
    return parameter == null || parameter.isNull() ? absent : parameter.getInteger();
  }

  private static Needs needs(EventFilter filter) {
    return new Needs(false, filter.textCount(), filter.estimatedBytes());
  }

  /**
   * Collects a page.
   *
   * @param range null for the newest events
   */
  private Future<EventsPage> collect(PageRequest request, HistoryRequest.@Nullable Range range) {
    HistoryScan scan =
        new HistoryScan(
            vertx,
            history,
            request.account,
            request.filter(),
            request.query.options().gaps(),
            request.limit);
    int newest = request.start.last() > 0 ? request.start.last() : request.limit;
    return opener.readHistory(() -> range != null ? scan.collect(range) : scan.newest(newest));
  }

  /**
   * Waits for an event after an empty page, if the client wants that and nothing is missing. If
   * nobody records the account, the same is missing each time; without a wait, the client would
   * repeat its request at once.
   *
   * <p>Subscribes first and reads the history again afterwards, so no event is missed in between.
   */
  private Future<EventsPage> await(RoutingContext context, PageRequest request, EventsPage empty) {
    boolean missing = !empty.isComplete() && !empty.isRepeated(request.start.range());
    if (request.patience.isZero() || empty.hasMore() || missing) {
      return done(empty);
    }
    return opener
        .await(request.account, request.filter())
        .compose(
            wait -> {
              if (context.response().closed()) {
                wait.end();
              }
              context.addEndHandler(ended -> wait.end());
              long timer =
                  admission
                      .guard()
                      .timer(vertx, GuardedTask.HTTP_SWEEP, request.patience, wait::end);
              return again(request, wait, empty)
                  .onComplete(
                      answered -> {
                        vertx.cancelTimer(timer);
                        wait.end();
                      });
            });
  }

  /** Reads what follows an empty page, and then again after each event that arrives. */
  private Future<EventsPage> again(PageRequest request, EventWait wait, EventsPage empty) {
    HistoryRequest.Range range = new HistoryRequest.After(empty.position());
    return collect(request, range)
        .compose(
            page ->
                page.isEmpty() && (page.isComplete() || page.isRepeated(range)) && !wait.isEnded()
                    ? wait.next().compose(arrived -> again(request, wait, page))
                    : done(page));
  }

  private static Future<EventsPage> done(EventsPage page) {
    return Future.succeededFuture(page);
  }

  private void answer(RoutingContext context, ParsedQuery query, EventsPage page) {
    HttpServerResponse response = context.response();
    if (response.closed()) {
      return;
    }
    Buffer body = page.end();
    if (unsentBytes > 0 && unsentBytes + body.length() > unsentLimitBytes) {
      context.fail(new ApiException(ApiError.FULL, "Too many pages are being sent"));
      return;
    }
    unsentBytes += body.length();
    context.addEndHandler(ended -> unsentBytes -= body.length());
    if (!query.ignored().isEmpty()) {
      response.putHeader(HandshakeRequest.IGNORED_PARAMETERS, query.ignored());
    }
    if (!query.warnings().isEmpty()) {
      response.putHeader(HandshakeRequest.FILTER_WARNINGS, query.warnings());
    }
    response
        .putHeader(HttpHeaders.VARY, "accept, origin")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(Responses.NOSNIFF, "nosniff")
        .putHeader(HttpHeaders.CONTENT_TYPE, JSON);
    if (body.length() <= PART_BYTES || context.request().method() == HttpMethod.HEAD) {
      Responses.end(context.request(), body);
    } else {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
      send(response, body, 0);
    }
  }

  /** Sends the body from an index on, as fast as the client reads. */
  private static void send(HttpServerResponse response, Buffer body, int from) {
    int to = Math.min(body.length(), from + PART_BYTES);
    if (to == body.length()) {
      response.end(body.slice(from, to));
    } else {
      response.write(body.slice(from, to)).onSuccess(written -> send(response, body, to));
    }
  }
}
