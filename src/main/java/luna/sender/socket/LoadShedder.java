package luna.sender.socket;

import java.util.Collection;
import java.util.List;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.Metrics;

/**
 * Decides which events are queued when events arrive faster than they are delivered. If an account
 * exceeds its own limit, its newest events are shed. If all accounts together exceed the limit of
 * the event loop, the newest events of the account with the most queued bytes are shed.
 *
 * <p>Invariant: where events of an account were shed, the queue has an {@link Interruption} and
 * then a {@link Gap}.
 *
 * <p>Errors: shed events are counted ({@code luna_sender_events_shed_total}), and their gaps are
 * recorded.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>See: {@link Eviction} applies the same policy to frames that are queued for clients. {@link
 * luna.sender.event.Gap.Cause} lists the origins of all gaps.
 */
final class LoadShedder {
  private final Metrics metrics;
  private final Collection<AccountSessions> queued;

  /**
   * @param queued a live view of the accounts that have queued events
   */
  LoadShedder(Metrics metrics, Collection<AccountSessions> queued) {
    this.metrics = metrics;
    this.queued = queued;
  }

  /** Returns whether to queue the event; otherwise sheds it. */
  boolean admits(AccountSessions account, Event event) {
    if (account.shedding != null && account.isHalfEmpty()) {
      end(account);
    }
    if (account.shedding == null && account.isWithinLimit(event) && hasRoom(account, event)) {
      return true;
    }
    shed(account, Gap.Cause.OVERLOAD);
    return false;
  }

  /** Sheds events of larger accounts until there is room. Returns false if no account is larger. */
  private boolean hasRoom(AccountSessions account, Event event) {
    long bytes = account.queuedBytes() + event.textBytes();
    while (!account.hasRoom(event)) {
      AccountSessions largest = account;
      for (AccountSessions other : queued) {
        if (other.queuedBytes() > largest.queuedBytes()) {
          largest = other;
        }
      }
      if (largest.queuedBytes() <= bytes) {
        return false;
      }
      while (!account.hasRoom(event) && largest.queuedBytes() > bytes) {
        shedNewest(largest);
      }
    }
    return true;
  }

  private void shedNewest(AccountSessions account) {
    DualTimestamp received = metrics.gaps().clock().at(account.newest().receivedNanos());
    GapLedger.Entry shedding = account.shedding;
    DualTimestamp from = account.shedFrom;
    if (shedding == null || from == null) {
      begin(account, Gap.Cause.OVERLOAD, received);
    } else if (received.isBefore(from)) {
      // The interruption is queued after the event, so no client has received it yet.
      account.replace(
          new Interruption(from, account.shedCause), new Interruption(received, account.shedCause));
      account.shedFrom = received;
      metrics.gaps().beginEarlier(shedding, received);
    }
    account.removeNewest();
    count(account);
  }

  /** Counts an event that was not queued. */
  void shed(AccountSessions account, Gap.Cause cause) {
    if (account.shedding == null) {
      begin(account, cause, metrics.gaps().clock().now());
    }
    count(account);
  }

  private void begin(AccountSessions account, Gap.Cause cause, DualTimestamp from) {
    account.shedFrom = from;
    account.shedCause = cause;
    account.shedding = metrics.gaps().open(cause, from, List.of(account.account));
    account.add(new Interruption(from, cause));
  }

  private void count(AccountSessions account) {
    account.shedEvents++;
    metrics.events().shed(account.counters);
  }

  /** Ends the account's open gap, if any, after the queued items. */
  void end(AccountSessions account) {
    GapLedger.Entry shedding = account.shedding;
    DualTimestamp from = account.shedFrom;
    if (shedding == null || from == null) {
      return;
    }
    Gap gap = new Gap(from, metrics.gaps().clock().now(), account.shedCause, account.shedEvents);
    account.add(gap);
    account.shedding = null;
    account.shedEvents = 0;
    metrics.gaps().close(shedding, gap.end(), gap.dropped());
  }
}
