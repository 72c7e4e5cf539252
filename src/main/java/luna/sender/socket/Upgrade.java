package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.nio.channels.ClosedChannelException;
import luna.sender.filter.EventFilter;

/**
 * Turns a validated handshake into a session.
 *
 * <p>Errors: the future fails before the 101 with the reply of the bridge (codes of {@link
 * luna.sender.event.SubscriptionRequest}) or of a request that timed out, or with {@link
 * ClosedChannelException} if the client did not wait.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class Upgrade {
  private final Hub hub;

  public Upgrade(Hub hub) {
    this.hub = hub;
  }

  /** For a session that has no end of its own. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The memory that a filter of the account will take on this event loop. */
  public long filterBytes(String account, EventFilter filter) {
    return hub.filterBytes(account, filter);
  }

  /**
   * Subscribes first and answers 101 then: what is published after the client sees the 101 comes to
   * it.
   *
   * @param account lower-case UUID
   * @param untilMillis when the session ends with {@link CloseReason#EXPIRED}, on the wall clock:
   *     what a token says is a date, and when that clock is set, it has come or has not
   * @param left is called when a session that came about has gone, on its event loop
   */
  public Future<Void> accept(
      HttpServerRequest request,
      String account,
      SubscribeOptions terms,
      String requestId,
      long untilMillis,
      Runnable left) {
    return hub.hold(account)
        .compose(
            held ->
                upgrade(
                    request,
                    held,
                    terms,
                    new Session(hub, held, terms, requestId, untilMillis, left)));
  }

  /** All in one turn of the event loop, so that no event comes between the 101 and the session. */
  private Future<Void> upgrade(
      HttpServerRequest request, AccountSessions held, SubscribeOptions terms, Session session) {
    if (request.response().closed()) {
      hub.release(held);
      return Future.failedFuture(new ClosedChannelException());
    }
    try {
      session.open(request);
      hub.enter(session, terms);
    } catch (Throwable fault) {
      if (!session.hasBegun()) {
        hub.release(held);
        throw fault;
      }
      // After the 101 the session itself ends all that it has begun.
      session.fault(Step.ENTER, fault);
    }
    return Future.succeededFuture();
  }
}
