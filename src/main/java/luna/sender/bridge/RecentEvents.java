package luna.sender.bridge;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * Stores the last events of each account, to explain later why one was or was not delivered.
 *
 * <p>How: at most {@code KEPT_EVENTS} of each account, and {@code KEPT_EVENTS_LIMIT_BYTES} of all
 * bridges together. The oldest event is evicted first. Events that are larger than the limit are
 * not stored, and neither are events without an id or with an id that is too long.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Why there is an index by id: a linear search of 7,000 events blocked the event loop of the
 * bridge for up to 4.8 s.
 */
final class RecentEvents {
  /** The maximum length of an id, as in the contract. */
  private static final int ID_LIMIT = 128;

  private final int perAccount;
  private final long limitBytes;
  private final Map<String, AccountEvents> accounts = new HashMap<>();

  /** All events in the order of arrival, compared by identity. */
  private final Set<Event> all = new LinkedHashSet<>();

  private long bytes;

  /** The events of one account: all in order, and the newest of each id. */
  private static final class AccountEvents {
    final Deque<Event> events = new ArrayDeque<>();
    final Map<String, Event> byId = new HashMap<>();
  }

  /**
   * @param perAccount how many events to store for each account; 0 to store none
   */
  RecentEvents(int perAccount, long limitBytes) {
    this.perAccount = perAccount;
    this.limitBytes = limitBytes;
  }

  void add(Event event) {
    String id = event.id();
    if (perAccount == 0 || id == null || id.length() > ID_LIMIT || event.textBytes() > limitBytes) {
      return;
    }
    AccountEvents ofAccount =
        accounts.computeIfAbsent(event.account(), account -> new AccountEvents());
    if (ofAccount.events.size() == perAccount) {
      evict(ofAccount.events.getFirst());
    }
    // The eviction may have removed the account's last event, and so the account.
    accounts.putIfAbsent(event.account(), ofAccount);
    ofAccount.events.add(event);
    ofAccount.byId.put(id, event);
    all.add(event);
    bytes += event.textBytes();
    while (bytes > limitBytes) {
      evict(all.iterator().next());
    }
  }

  /** Returns the newest event with this id, or null if there is none. */
  @Nullable Event find(String account, String eventId) {
    AccountEvents ofAccount = accounts.get(account);
    return ofAccount == null ? null : ofAccount.byId.get(eventId);
  }

  void clear() {
    accounts.clear();
    all.clear();
    bytes = 0;
  }

  private void evict(Event oldest) {
    all.remove(oldest);
    bytes -= oldest.textBytes();
    AccountEvents ofAccount = accounts.get(oldest.account());
    if (ofAccount != null) {
      // The oldest event of all is also the oldest of its account.
      ofAccount.events.removeFirst();
      ofAccount.byId.remove(oldest.id(), oldest);
      if (ofAccount.events.isEmpty()) {
        accounts.remove(oldest.account());
      }
    }
  }
}
