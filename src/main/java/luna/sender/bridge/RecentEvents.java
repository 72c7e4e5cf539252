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
 * The last events of each account, for those who ask why one did or did not come.
 *
 * <p>Shape: at most {@code KEPT_EVENTS} of an account, and {@code KEPT_EVENTS_LIMIT_BYTES} of all
 * that share a limit; the oldest goes first. One that is larger than the limit is not kept, and
 * neither is one without an id that can be asked for.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Why there is an index by id: with 7,000 kept events, a search for one cost the event loop of
 * the bridge up to 4.8 s.
 */
final class RecentEvents {
  /** Characters of an id that can be asked for, as the contract says. */
  private static final int ID_LIMIT = 128;

  private final int perAccount;
  private final long limitBytes;
  private final Map<String, Kept> accounts = new HashMap<>();

  /** In the order in which they came; an event is equal to itself alone. */
  private final Set<Event> all = new LinkedHashSet<>();

  private long bytes;

  /** Those of one account: the oldest first, and the newest of each id. */
  private static final class Kept {
    final Deque<Event> events = new ArrayDeque<>();
    final Map<String, Event> byId = new HashMap<>();
  }

  /**
   * @param perAccount 0 to keep none
   */
  RecentEvents(int perAccount, long limitBytes) {
    this.perAccount = perAccount;
    this.limitBytes = limitBytes;
  }

  void keep(Event event) {
    String id = event.id();
    if (perAccount == 0 || id == null || id.length() > ID_LIMIT || event.textBytes() > limitBytes) {
      return;
    }
    Kept kept = accounts.computeIfAbsent(event.account(), account -> new Kept());
    if (kept.events.size() == perAccount) {
      forget(kept.events.getFirst());
    }
    // The account's last one may have gone, and its place with it.
    accounts.putIfAbsent(event.account(), kept);
    kept.events.add(event);
    kept.byId.put(id, event);
    all.add(event);
    bytes += event.textBytes();
    while (bytes > limitBytes) {
      forget(all.iterator().next());
    }
  }

  /** The newest event of this id, or null if none is kept. */
  @Nullable Event find(String account, String eventId) {
    Kept kept = accounts.get(account);
    return kept == null ? null : kept.byId.get(eventId);
  }

  void clear() {
    accounts.clear();
    all.clear();
    bytes = 0;
  }

  private void forget(Event oldest) {
    all.remove(oldest);
    bytes -= oldest.textBytes();
    Kept kept = accounts.get(oldest.account());
    if (kept != null) {
      // What is the oldest of all is the oldest of its account.
      kept.events.removeFirst();
      kept.byId.remove(oldest.id(), oldest);
      if (kept.events.isEmpty()) {
        accounts.remove(oldest.account());
      }
    }
  }
}
