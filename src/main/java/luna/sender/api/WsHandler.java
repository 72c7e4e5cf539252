package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import java.nio.channels.ClosedChannelException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import luna.sender.admission.Admission;
import luna.sender.admission.Admission.Reservation;
import luna.sender.config.Config;
import luna.sender.event.SubscriptionRequest;
import luna.sender.filter.FilterContract;
import luna.sender.headers.FieldValue;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.socket.HistoryUnavailable;
import luna.sender.socket.SessionOpener;

/**
 * Handles operation {@code ws}: upgrades a validated handshake to a session, or fails it before the
 * upgrade.
 *
 * <p>See: {@link luna.sender.admission.Admission#enter} enforces the limits per account and per
 * address; {@code socket.WebSocketUpgrade} sends the 101 and sets its header fields.
 *
 * <p>Errors: {@link ApiError#NOT_WEBSOCKET} for a plain GET, {@link ApiError#UNAVAILABLE} while the
 * subscription can't be confirmed or the history can't be read, and {@link
 * luna.sender.admission.LimitExceeded}.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: RFC 6455 section 4.2.1.
 */
public final class WsHandler implements Handler<RoutingContext> {
  private static final String OPERATION = "ws";
  private static final int NONCE_LENGTH = 24;

  private final SessionOpener opener;
  private final Admission admission;
  private final Metrics metrics;
  private final FilterContract filters;
  private final Config config;

  /** Parsed queries by raw text. Clients with the same query share one filter. */
  private final LruCache<ParsedQuery> parsedQueries = new LruCache<>();

  /** Connections with a pending handshake. */
  private final Set<HttpConnection> upgrading = new HashSet<>();

  public WsHandler(
      SessionOpener opener,
      FilterContract filters,
      Config config,
      Admission admission,
      Metrics metrics) {
    this.opener = opener;
    this.admission = admission;
    this.metrics = metrics;
    this.filters = filters;
    this.config = config;
    metrics
        .clients()
        .expectHandshakes(
            Stream.concat(
                    EnumSet.complementOf(EnumSet.of(ApiError.UNHEALTHY, ApiError.NOT_READY))
                        .stream()
                        .map(WsHandler::outcome),
                    Stream.of("accepted", "client_left"))
                .toList());
  }

  static boolean isHandshake(RequestState state) {
    Operation operation = state.operation();
    return operation != null && operation.getOperationId().equals(OPERATION);
  }

  /**
   * Returns whether a handshake is pending on this connection. A request pipelined after the
   * handshake must not be answered, because the client reads WebSocket frames after the 101.
   */
  public boolean owns(HttpConnection connection) {
    return upgrading.contains(connection);
  }

  /**
   * Returns the value of the metric's label. Clients cannot choose it, so the number of values
   * stays small.
   */
  static String outcome(ApiError error) {
    return error.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    checkUpgrade(request);
    RequestState state = RequestState.of(context);
    String query = request.query() == null ? "" : StartParameters.without(request.query());
    HandshakeRequest handshake =
        HandshakeRequest.of(
            state,
            parsedQueries.get(
                query, text -> ParsedQuery.of(text, state.validated(), filters, config)),
            StartParameters.of(state.validated(), config.history().enabled()));
    accept(
        context,
        handshake,
        admission.enter(handshake.account(), handshake.client(), handshake.needs(opener)));
  }

  /**
   * Subscribes and upgrades. The reservation is released when the handshake fails or the session
   * ends.
   */
  private void accept(RoutingContext context, HandshakeRequest handshake, Reservation reservation) {
    HttpServerRequest request = context.request();
    metrics.clients().handshaking(1);
    metrics
        .guard()
        .ask(
            GuardedTask.HANDSHAKE,
            () -> {
              upgrading.add(request.connection());
              return opener.open(
                  request,
                  handshake.account(),
                  handshake.options(),
                  handshake.requestId(),
                  handshake.expiresMillis(),
                  handshake.responseHeaders(),
                  reservation::leave);
            },
            answer -> {
              if (answer.succeeded()) {
                reservation.opened();
              } else {
                reservation.leave();
              }
              upgrading.remove(request.connection());
              metrics.clients().handshaking(-1);
              if (answer.succeeded()) {
                metrics.clients().handshake("accepted");
              } else {
                failed(context, answer.cause());
              }
            });
  }

  private static void checkUpgrade(HttpServerRequest request) {
    require(
        request.version() == HttpVersion.HTTP_1_1, "version: not HTTP/1.1 (expected: HTTP/1.1)");
    MultiMap headers = request.headers();
    // HEAD must not upgrade. It gets the same response as a GET without the upgrade.
    require(
        request.method() == HttpMethod.GET
            && FieldValue.contains(
                FieldValue.list(headers.getAll(HttpHeaders.UPGRADE)), "websocket"),
        "Upgrade: none (expected: websocket)");
    List<String> connection = FieldValue.list(headers.getAll(HttpHeaders.CONNECTION));
    require(
        FieldValue.contains(connection, "upgrade"), "Connection: no Upgrade (expected: Upgrade)");
    require(!FieldValue.contains(connection, "close"), "Connection: close (expected: Upgrade)");
    require(
        !request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
            && request.headers().getAll(HttpHeaders.CONTENT_LENGTH).stream().allMatch("0"::equals),
        "Content-Length: a body (expected: none)");
    String key = request.getHeader("Sec-WebSocket-Key");
    require(
        key != null && isNonce(key),
        "Sec-WebSocket-Key: "
            + (key == null ? "none" : "invalid")
            + " (expected: 16 bytes in Base64)");
    if (!"13".equals(request.getHeader("Sec-WebSocket-Version"))) {
      request.response().putHeader("Sec-WebSocket-Version", "13");
      require(false, "Sec-WebSocket-Version: unsupported (expected: 13)");
    }
  }

  /** Returns whether the key is 16 bytes in Base64. */
  private static boolean isNonce(String key) {
    return key.length() == NONCE_LENGTH
        && key.endsWith("==")
        && key.chars().limit(NONCE_LENGTH - 2).allMatch(WsHandler::isBase64);
  }

  private static boolean isBase64(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '+'
        || c == '/';
  }

  private static void require(boolean fits, String expectation) {
    if (!fits) {
      throw new ApiException(ApiError.NOT_WEBSOCKET, expectation);
    }
  }

  private void failed(RoutingContext context, Throwable failure) {
    if (context.response().closed() || failure instanceof ClosedChannelException) {
      metrics.clients().handshake("client_left");
    } else if (failure instanceof HistoryUnavailable history) {
      context.fail(
          new ApiException(
              history.isBusy() ? ApiError.FULL : ApiError.UNAVAILABLE,
              String.valueOf(history.getMessage())));
    } else if (failure instanceof ReplyException reply) {
      context.fail(new ApiException(ApiError.UNAVAILABLE, unavailable(reply.failureCode())));
    } else {
      context.fail(failure);
    }
  }

  /** Returns the text for a failure code of {@link SubscriptionRequest}. */
  static String unavailable(int code) {
    return switch (code) {
      case SubscriptionRequest.REJECTED -> "Redis rejected the subscription";
      case SubscriptionRequest.STOPPING -> "This node is shutting down";
      default -> "Redis is unavailable: the subscription could not be confirmed";
    };
  }
}
