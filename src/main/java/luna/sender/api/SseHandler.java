package luna.sender.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import luna.sender.socket.SseResponse;
import luna.sender.socket.Start;
import luna.sender.socket.Transport;

/**
 * Handles operation {@code events} for a client that accepts Server-Sent Events: opens a session
 * that sends them.
 *
 * <p>How: where the service keeps a history, each event has its position as its id. A client that
 * reconnects sends it as {@code Last-Event-ID}, which wins over the start in its URL: a browser
 * repeats the URL.
 *
 * <p>See: {@code socket.SseResponse} sends the head of the response and sets its header fields.
 *
 * <p>Errors: those of {@link Streams#open}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SseHandler {
  static final String TYPE = "text/event-stream";
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private final Streams streams;

  SseHandler(Streams streams) {
    this.streams = streams;
  }

  void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    RequestState state = RequestState.of(context);
    state.stream(true);
    ParsedQuery query = streams.query(request, state, Transport.SSE);
    Start start = start(request, state);
    if (request.method() == HttpMethod.HEAD) {
      SseResponse.putHeaders(context.response());
      context.response().end();
      return;
    }
    HandshakeRequest handshake =
        HandshakeRequest.of(
            state, query.options().withStart(start).withPositions(streams.hasHistory()), query);
    streams.open(context, handshake.withoutSubprotocol(), Transport.SSE);
  }

  private Start start(HttpServerRequest request, RequestState state) {
    String id = request.getHeader(LAST_EVENT_ID);
    return id == null || id.isEmpty() ? streams.start(state) : after(id);
  }

  private Start after(String id) {
    if (!streams.hasHistory()) {
      throw StartParameters.off(ApiError.BAD_HEADER, LAST_EVENT_ID, id);
    }
    return new Start.From(HistoryStart.after(ApiError.BAD_HEADER, LAST_EVENT_ID, id));
  }
}
