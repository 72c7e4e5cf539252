package luna.sender.socket;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Makes room where more waits for clients than an account, or the event loop, may have: whoever
 * holds most loses first, so that nobody who reads is closed for what others leave unread.
 *
 * <p>Shape: of all accounts, the one that has most; in it, clients that are being closed, and then
 * those that hold at least half as much as the one that holds most, beginning with the one that has
 * taken nothing for longest. A client loses what {@link OutboundQueue#giveUp} says.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: Redis's maxmemory-clients, which closes from the largest down and tells sizes apart by
 * powers of two.
 */
final class Eviction {
  private final Budget queues;
  private final Collection<AccountSessions> accounts;
  private boolean running;

  Eviction(Budget queues, Collection<AccountSessions> accounts) {
    this.queues = queues;
    this.accounts = accounts;
  }

  /** More waits for a client of this account than before. */
  void check(AccountSessions account) {
    if (running || !(account.queue.isOver() || queues.isOver())) {
      return;
    }
    // To make room can make another client's queue longer for a moment: by its close frame.
    running = true;
    try {
      if (account.queue.isOver()) {
        relieve(account, account.queue::isRelieved);
      }
      if (queues.isOver()) {
        relieveAll(account);
      }
    } finally {
      running = false;
    }
  }

  private void relieveAll(AccountSessions one) {
    long before = -1;
    while (!queues.isRelieved()) {
      AccountSessions largest = largest(one);
      long bytes = largest.queue.bytes();
      if (bytes == before) {
        return;
      }
      before = bytes;
      relieve(largest, () -> queues.isRelieved() || largest.queue.bytes() <= bytes / 2);
    }
  }

  /**
   * @param one may have been given up already, with its last clients still closing
   */
  private AccountSessions largest(AccountSessions one) {
    AccountSessions largest = one;
    for (AccountSessions account : accounts) {
      if (account.queue.bytes() > largest.queue.bytes()) {
        largest = account;
      }
    }
    return largest;
  }

  /** Until it is enough, or nobody of this account has anything to give up. */
  private static void relieve(AccountSessions account, BooleanSupplier enough) {
    long before = -1;
    // What sockets have taken since the last look has not been given back yet.
    account.holders.copy().forEach(OutboundQueue::settleCost);
    while (!enough.getAsBoolean() && account.queue.bytes() != before) {
      before = account.queue.bytes();
      for (OutboundQueue client : victims(account.holders.copy())) {
        if (enough.getAsBoolean()) {
          return;
        }
        try {
          client.giveUp();
        } catch (Throwable fault) {
          // The one who needs the room has no part in it.
          client.fault(Step.CLOSE, fault);
        }
      }
    }
  }

  private static List<OutboundQueue> victims(List<OutboundQueue> holders) {
    if (holders.size() == 1 && holders.get(0).waiting() <= 1) {
      // One frame alone may be larger than any limit.
      return List.of();
    }
    List<OutboundQueue> closing = holders.stream().filter(client -> !client.isOpen()).toList();
    if (!closing.isEmpty()) {
      return closing;
    }
    long most = holders.stream().mapToLong(OutboundQueue::heldBytes).max().orElse(0);
    return holders.stream()
        .filter(client -> client.heldBytes() >= most / 2)
        .sorted(Comparator.comparingLong(OutboundQueue::takenNanos))
        .toList();
  }
}
