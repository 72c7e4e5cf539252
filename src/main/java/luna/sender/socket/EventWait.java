package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import luna.sender.event.Event;
import luna.sender.filter.EventFilter;

/**
 * A request that waits for the next event of its account that passes its filter.
 *
 * <p>Why it does not receive the event: the request reads the history, where the event has a
 * position and its place among the others.
 *
 * <p>Owner: confined to its hub's event loop.
 */
public final class EventWait {
  private final AccountSessions account;
  private final AccountSubscriptions subscriptions;
  private final EventFilter filter;
  private Promise<Void> next = Promise.promise();
  private boolean ended;

  EventWait(AccountSubscriptions subscriptions, AccountSessions account, EventFilter filter) {
    this.subscriptions = subscriptions;
    this.account = account;
    this.filter = filter;
    account.waits.add(this);
  }

  /**
   * Succeeds when an event has arrived since the start or since the last call, or when the wait has
   * ended.
   */
  public Future<Void> next() {
    if (next.future().isComplete() && !ended) {
      Future<Void> arrived = next.future();
      next = Promise.promise();
      return arrived;
    }
    return next.future();
  }

  /** Returns whether no further event is reported, because the request or the node has ended it. */
  public boolean isEnded() {
    return ended;
  }

  /** Called for each event of the account. */
  void offer(Event event) {
    if (!next.future().isComplete() && filter.matches(event)) {
      next.complete();
    }
  }

  /** Ends the wait and releases the account. */
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    account.waits.remove(this);
    subscriptions.release(account);
    next.tryComplete();
  }
}
