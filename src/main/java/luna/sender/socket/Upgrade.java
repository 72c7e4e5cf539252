package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.nio.channels.ClosedChannelException;
import luna.sender.filter.EventFilter;

/**
 * Turns a validated handshake into a session.
 *
 * <p>Errors: the future fails before the 101 with the reply of the bridge (codes of {@link
 * luna.sender.event.Demand}) or of a request that timed out; after it, with what broke the
 * connection.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class Upgrade {
  private final Hub hub;

  public Upgrade(Hub hub) {
    this.hub = hub;
  }

  /**
   * Subscribes first and answers 101 then: what is published after the client sees the 101 comes to
   * it. What is published in between waits in the session.
   *
   * @param account lower-case UUID
   */
  public Future<Void> accept(
      HttpServerRequest request, String account, EventFilter filter, String requestId) {
    return hub.hold(account)
        .compose(
            held -> {
              if (request.response().closed() || request.isEnded()) {
                // To upgrade what is gone would block this event loop for 10 s, in Vert.x, or
                // throw.
                hub.leave(account);
                return Future.failedFuture(new ClosedChannelException());
              }
              Session session = new Session(hub, account, filter, requestId);
              hub.enter(session);
              return upgrade(request, session).onFailure(failure -> abort(session));
            });
  }

  /** Fails where Vert.x throws, so that the session is undone in any case. */
  private static Future<Void> upgrade(HttpServerRequest request, Session session) {
    return Future.succeededFuture()
        .compose(now -> request.toWebSocket())
        .map(
            socket -> {
              session.open(socket, request.connection());
              return null;
            });
  }

  private void abort(Session session) {
    session.abort();
    hub.leave(session);
    hub.ended(session);
  }
}
