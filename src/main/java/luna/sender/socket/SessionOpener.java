package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import luna.sender.filter.EventFilter;
import luna.sender.metrics.ReplayMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Opens the session of a validated handshake.
 *
 * <p>Errors: the future fails before the 101, with the bridge's reply (codes of {@link
 * luna.sender.event.SubscriptionRequest}), with a timeout of the request, with {@link
 * HistoryUnavailable}, or with {@link ClosedChannelException} if the client has disconnected.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class SessionOpener {
  public static final String RESUME = "Luna-Resume";

  private final Hub hub;

  public SessionOpener(Hub hub) {
    this.hub = hub;
  }

  /** The expiry of a session that does not expire. */
  public static final long NEVER = Long.MAX_VALUE;

  /**
   * Runs a part of a handshake, later if the event loop has spent its time for handshakes, so that
   * many of them do not delay events.
   *
   * @param onFault called if the task throws later, or if the loop cannot accept it
   */
  public void executeSoon(Runnable task, Consumer<Throwable> onFault) {
    hub.turns().executeSoon(task, onFault);
  }

  /** Returns the memory that a filter of the account would need on this event loop. */
  public long filterBytes(String account, EventFilter filter) {
    return hub.subscriptions().filterBytes(account, filter);
  }

  /**
   * Reads the history for a client without a session, within the limit of those that read it at the
   * same time. Fails with {@link HistoryUnavailable} if too many wait.
   */
  public <T> Future<T> readHistory(Supplier<Future<T>> read) {
    ReplayContext context = hub.replays().context();
    return context
        .slots()
        .acquire(context.vertx())
        .compose(
            acquired -> {
              Future<T> result;
              try {
                result = read.get();
              } catch (Throwable fault) {
                result = Future.failedFuture(fault);
              }
              return result.onComplete(done -> context.slots().release());
            });
  }

  /**
   * Starts to wait for an event of an account, once Redis has confirmed the subscription. The
   * caller must {@linkplain EventWait#end end} it.
   *
   * @param account lower-case UUID
   */
  public Future<EventWait> await(String account, EventFilter filter) {
    AccountSubscriptions subscriptions = hub.subscriptions();
    return subscriptions
        .acquire(account)
        .map(acquired -> new EventWait(subscriptions, acquired, filter));
  }

  /**
   * Subscribes first and answers 101 afterwards: the client gets every event that is published
   * after it has received the 101.
   *
   * @param account lower-case UUID
   * @param client what operators see of the client; null without an operators' API
   * @param expiresMillis when the session ends with {@link CloseReason#EXPIRED}, by the wall clock.
   *     A token's expiry is a date, so a change of the system clock applies to it.
   * @param responseHeaders the header fields that only the 101 has
   * @param onDisconnect called on the session's event loop when an established session has ended
   */
  public Future<Void> open(
      HttpServerRequest request,
      Transport transport,
      String account,
      SubscribeOptions options,
      String requestId,
      @Nullable ClientInfo client,
      long expiresMillis,
      Map<String, String> responseHeaders,
      Runnable onDisconnect) {
    return hub.subscriptions()
        .acquire(account)
        .compose(
            acquired -> {
              Session session =
                  new Session(
                      hub.resources(),
                      acquired,
                      options,
                      requestId,
                      client,
                      expiresMillis,
                      onDisconnect);
              return options.replays()
                  ? replay(request, transport, options, responseHeaders, session)
                  : upgrade(request, transport, options, responseHeaders, session);
            });
  }

  /** Reads the first page of the history before the 101, which names the outcome. */
  private Future<Void> replay(
      HttpServerRequest request,
      Transport transport,
      SubscribeOptions options,
      Map<String, String> responseHeaders,
      Session session) {
    ReplayStart start = hub.replays();
    return start
        .begin(session.account().account, options, request.response()::closed)
        .onFailure(failure -> hub.subscriptions().release(session.account()))
        .compose(
            first -> {
              session.replay(new Replay(start.context(), session, options, first));
              Map<String, String> headers = new LinkedHashMap<>(responseHeaders);
              headers.put(RESUME, ReplayMetrics.label(first.outcome()));
              return upgrade(request, transport, options, headers, session);
            });
  }

  /**
   * Runs without leaving the event loop, so no event can arrive between the 101 and the
   * registration.
   */
  private Future<Void> upgrade(
      HttpServerRequest request,
      Transport transport,
      SubscribeOptions options,
      Map<String, String> responseHeaders,
      Session session) {
    if (request.response().closed()) {
      abandon(session);
      return Future.failedFuture(new ClosedChannelException());
    }
    try {
      session.open(request, transport, responseHeaders);
      Replay replay = session.replay();
      if (replay == null) {
        hub.registry().add(session, options);
      } else {
        hub.registry().add(session);
        replay.start();
      }
    } catch (Throwable fault) {
      if (!session.isAttached()) {
        abandon(session);
        throw fault;
      }
      // After the 101, the session cleans up everything that it has started.
      session.onFault(Step.OPEN, fault);
    }
    return Future.succeededFuture();
  }

  /** Gives back what a session has that was not opened. */
  private void abandon(Session session) {
    Replay replay = session.replay();
    if (replay != null) {
      replay.end();
    }
    hub.subscriptions().release(session.account());
  }
}
