package luna.sender.api;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.nio.channels.ClosedChannelException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import luna.sender.admission.Admission;
import luna.sender.admission.Admission.Reservation;
import luna.sender.admission.Admission.SharedConnection;
import luna.sender.config.Config;
import luna.sender.event.SubscriptionRequest;
import luna.sender.filter.FilterContract;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.socket.Connections;
import luna.sender.socket.HistoryUnavailable;
import luna.sender.socket.SessionOpener;
import luna.sender.socket.Start;
import luna.sender.socket.Transport;

/**
 * Admits the clients of streams, WebSockets and Server-Sent Events, and opens their sessions.
 *
 * <p>See: {@link luna.sender.admission.Admission#enter} enforces the limits per account and per
 * address.
 *
 * <p>Errors: {@link ApiError#UNAVAILABLE} while the subscription can't be confirmed or the history
 * can't be read, and {@link luna.sender.admission.LimitExceeded}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class Streams {
  private final SessionOpener opener;
  private final Admission admission;
  private final Metrics metrics;
  private final FilterContract filters;
  private final Config config;
  private final ClientInfoReader clients;

  /**
   * Parsed queries by raw text. Clients with the same query share one filter. Each operation has
   * its own, because it knows other parameters.
   */
  private final Map<Transport, LruCache<ParsedQuery>> parsedQueries =
      new EnumMap<>(Transport.class);

  /** HTTP/1 connections with a pending handshake. */
  private final Set<HttpConnection> upgrading = new HashSet<>();

  /** The HTTP/2 connections that carry streams. */
  private final Map<HttpConnection, SharedConnection> sharedConnections = new HashMap<>();

  public Streams(
      SessionOpener opener,
      FilterContract filters,
      Config config,
      Admission admission,
      Metrics metrics,
      Connections connections) {
    this.clients = new ClientInfoReader(connections, admission);
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
                        .map(Streams::outcome),
                    Stream.of("accepted", "client_left"))
                .toList());
  }

  /**
   * Returns whether a handshake is pending on this connection. A request pipelined after the
   * handshake must not be answered, because the client reads its stream after the response.
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

  /**
   * Continues with a handshake. If many arrive at the same time, it waits, so that they do not
   * delay events.
   */
  void limitTime(RoutingContext context) {
    opener.executeSoon(
        () -> {
          // An invalid request after it may have been answered meanwhile.
          if (!context.response().ended()) {
            context.next();
          }
        },
        context::fail);
  }

  /** Returns the parsed query of a validated request, without its start. */
  ParsedQuery query(HttpServerRequest request, RequestState state, Transport transport) {
    String query = request.query() == null ? "" : StartParameters.without(request.query());
    return parsedQueries
        .computeIfAbsent(transport, first -> new LruCache<>())
        .get(query, text -> ParsedQuery.of(text, state.validated(), filters, config));
  }

  /** Returns the start that the query of a validated request selects. */
  Start start(RequestState state) {
    return StartParameters.of(state.validated(), config.history().enabled());
  }

  /** Returns whether events have positions. */
  boolean hasHistory() {
    return config.history().enabled();
  }

  /**
   * Subscribes and opens the session. The reservation is released when that fails or the session
   * ends.
   */
  void open(RoutingContext context, HandshakeRequest handshake, Transport transport) {
    Reservation reservation =
        admission.enter(handshake.account(), handshake.client(), handshake.needs(opener));
    HttpServerRequest request = context.request();
    boolean shared = request.version() == HttpVersion.HTTP_2;
    metrics.clients().handshaking(1);
    metrics
        .guard()
        .ask(
            GuardedTask.HANDSHAKE,
            () -> {
              if (!shared) {
                upgrading.add(request.connection());
              }
              return opener.open(
                  request,
                  transport,
                  handshake.account(),
                  handshake.options(),
                  handshake.requestId(),
                  clients.read(request, transport),
                  handshake.expiresMillis(),
                  handshake.responseHeaders(),
                  onDisconnect(reservation, request));
            },
            answer -> {
              upgrading.remove(request.connection());
              metrics.clients().handshaking(-1);
              if (answer.succeeded()) {
                reservation.opened(shared ? shared(request.connection()) : null);
                metrics.clients().handshake("accepted");
                RequestState.of(context).answered();
              } else {
                reservation.leave();
                failed(context, answer.cause());
              }
            });
  }

  private SharedConnection shared(HttpConnection connection) {
    return sharedConnections.computeIfAbsent(connection, first -> admission.share());
  }

  /**
   * Returns what releases the reservation. It must not refer to the request, which would stay in
   * memory with all that belongs to it, as long as the session.
   */
  private Runnable onDisconnect(Reservation reservation, HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2) {
      return reservation::leave;
    }
    HttpConnection connection = request.connection();
    return () -> leave(reservation, connection);
  }

  private void leave(Reservation reservation, HttpConnection connection) {
    reservation.leave();
    SharedConnection shared = sharedConnections.get(connection);
    if (shared != null && shared.isUnused()) {
      sharedConnections.remove(connection);
    }
  }

  private void failed(RoutingContext context, Throwable failure) {
    if (context.response().closed() || failure instanceof ClosedChannelException) {
      metrics.clients().handshake("client_left");
    } else {
      context.fail(error(failure));
    }
  }

  /** Returns the error for a failure of the hub. */
  static Throwable error(Throwable failure) {
    if (failure instanceof HistoryUnavailable history) {
      return new ApiException(
          history.isBusy() ? ApiError.FULL : ApiError.UNAVAILABLE,
          String.valueOf(history.getMessage()));
    }
    return failure instanceof ReplyException reply
        ? new ApiException(ApiError.UNAVAILABLE, unavailable(reply.failureCode()))
        : failure;
  }

  private static String unavailable(int code) {
    return switch (code) {
      case SubscriptionRequest.REJECTED -> "Redis rejected the subscription";
      case SubscriptionRequest.STOPPING -> "This node is shutting down";
      default -> "Redis is unavailable: the subscription could not be confirmed";
    };
  }
}
