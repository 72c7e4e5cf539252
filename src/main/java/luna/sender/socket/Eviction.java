package luna.sender.socket;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Frees memory when the queues of an account's clients, or of all clients of the event loop, exceed
 * their limit. The largest queue is evicted first, so a fast client never pays for a slow one.
 *
 * <p>How: selects the account with the most queued bytes. In that account, clients that are already
 * closing go first. Then follow the clients that use at least half as much as the largest one,
 * starting with the one that has not read for longest. What a client loses: see {@link
 * OutboundQueue#evict}.
 *
 * <p>See: {@link luna.sender.config.WsSettings.SlowPolicy} lists all decisions about slow clients;
 * this class makes only those about memory.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: Redis's maxmemory-clients, which closes from the largest client down and groups sizes
 * by powers of two.
 */
final class Eviction {
  private final Budget queues;
  private final Collection<AccountSessions> accounts;
  private boolean running;

  Eviction(Budget queues, Collection<AccountSessions> accounts) {
    this.queues = queues;
    this.accounts = accounts;
  }

  /** Checks the limits after a client of this account has queued more. */
  void check(AccountSessions account) {
    if (running || !(account.queueBudget.isOver() || queues.isOver())) {
      return;
    }
    // Evicting can briefly lengthen another client's queue, by its close frame.
    running = true;
    try {
      if (account.queueBudget.isOver()) {
        evictFrom(account, account.queueBudget::hasSlack);
      }
      if (queues.isOver()) {
        evictFromLargest(account);
      }
    } finally {
      running = false;
    }
  }

  private void evictFromLargest(AccountSessions current) {
    long before = -1;
    while (!queues.hasSlack()) {
      AccountSessions largest = largest(current);
      long bytes = largest.queueBudget.bytes();
      if (bytes == before) {
        return;
      }
      before = bytes;
      evictFrom(largest, () -> queues.hasSlack() || largest.queueBudget.bytes() <= bytes / 2);
    }
  }

  /**
   * @param current may already be unsubscribed while its last clients are closing
   */
  private AccountSessions largest(AccountSessions current) {
    AccountSessions largest = current;
    for (AccountSessions account : accounts) {
      if (account.queueBudget.bytes() > largest.queueBudget.bytes()) {
        largest = account;
      }
    }
    return largest;
  }

  /** Evicts clients of this account until {@code enough} is true or nothing is left to evict. */
  private static void evictFrom(AccountSessions account, BooleanSupplier enough) {
    long before = -1;
    // Bytes that sockets accepted since the last update are still counted.
    account.queueing.copy().forEach(OutboundQueue::updateCost);
    while (!enough.getAsBoolean() && account.queueBudget.bytes() != before) {
      before = account.queueBudget.bytes();
      for (OutboundQueue client : victims(account.queueing.copy())) {
        if (enough.getAsBoolean()) {
          return;
        }
        try {
          client.evict();
        } catch (Throwable fault) {
          // The fault must not affect the client that needs the memory.
          client.onFault(Step.CLOSE, fault);
        }
      }
    }
  }

  private static List<OutboundQueue> victims(List<OutboundQueue> clients) {
    if (clients.size() == 1 && clients.get(0).queuedFrames() <= 1) {
      // A single frame may exceed every limit.
      return List.of();
    }
    List<OutboundQueue> closing = clients.stream().filter(client -> !client.isOpen()).toList();
    if (!closing.isEmpty()) {
      return closing;
    }
    long most = clients.stream().mapToLong(OutboundQueue::footprintBytes).max().orElse(0);
    return clients.stream()
        .filter(client -> client.footprintBytes() >= most / 2)
        .sorted(Comparator.comparingLong(OutboundQueue::lastProgressNanos))
        .toList();
  }
}
