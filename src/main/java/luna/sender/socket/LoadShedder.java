package luna.sender.socket;

import java.util.Collection;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.Metrics;

/**
 * Decides which events wait for their turn where more come than are handed on. An account that is
 * above its own limit loses its newest events. Where all accounts together are above the limit of
 * the event loop, the account that has most waiting loses its newest events.
 *
 * <p>Shape: for each account, an {@link Interruption} and then a {@link Gap} stand among its events
 * where others were shed.
 *
 * <p>Errors: events that are shed are counted, and their gaps recorded.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: {@link Eviction}, which decides the same for what waits for clients.
 */
final class LoadShedder {
  private final Metrics metrics;
  private final Collection<AccountSessions> waiting;

  /**
   * @param waiting the accounts that have events waiting, as they are at the time of each call
   */
  LoadShedder(Metrics metrics, Collection<AccountSessions> waiting) {
    this.metrics = metrics;
    this.waiting = waiting;
  }

  /** Whether the event may wait; if not, it is shed. */
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

  /** Sheds events of larger accounts until there is room; false if no account is larger. */
  private boolean hasRoom(AccountSessions account, Event event) {
    long bytes = account.waitingBytes() + event.textBytes();
    while (!account.hasRoom(event)) {
      AccountSessions largest = account;
      for (AccountSessions other : waiting) {
        if (other.waitingBytes() > largest.waitingBytes()) {
          largest = other;
        }
      }
      if (largest.waitingBytes() <= bytes) {
        return false;
      }
      while (!account.hasRoom(event) && largest.waitingBytes() > bytes) {
        shedNewest(largest);
      }
    }
    return true;
  }

  private void shedNewest(AccountSessions account) {
    Moment received = metrics.gaps().clock().at(account.newest().receivedNanos());
    GapLedger.Entry shedding = account.shedding;
    Moment from = account.shedFrom;
    if (shedding == null || from == null) {
      begin(account, Gap.Cause.OVERLOAD, received);
    } else if (received.isBefore(from)) {
      // The interruption is behind the event, so no client has been sent it.
      account.replace(
          new Interruption(from, account.shedCause), new Interruption(received, account.shedCause));
      account.shedFrom = received;
      metrics.gaps().beginEarlier(shedding, received);
    }
    account.removeNewest();
    count(account);
  }

  /** Counts an event that does not wait. */
  void shed(AccountSessions account, Gap.Cause cause) {
    if (account.shedding == null) {
      begin(account, cause, metrics.gaps().clock().now());
    }
    count(account);
  }

  private void begin(AccountSessions account, Gap.Cause cause, Moment from) {
    account.shedFrom = from;
    account.shedCause = cause;
    account.shedding = metrics.gaps().open(cause, from, List.of(account.account));
    account.add(new Interruption(from, cause));
  }

  private void count(AccountSessions account) {
    account.shed++;
    metrics.shed(account.book);
  }

  /** Ends the account's gap, if one is open, behind what waits now. */
  void end(AccountSessions account) {
    GapLedger.Entry shedding = account.shedding;
    Moment from = account.shedFrom;
    if (shedding == null || from == null) {
      return;
    }
    Gap gap = new Gap(from, metrics.gaps().clock().now(), account.shedCause, account.shed);
    account.add(gap);
    account.shedding = null;
    account.shed = 0;
    metrics.gaps().close(shedding, gap.end(), gap.dropped());
  }
}
