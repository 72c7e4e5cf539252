package luna.sender.bridge.history;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest.Range;
import org.jspecify.annotations.Nullable;

/**
 * The pages that were read last, so that many clients which return at the same time share them.
 *
 * <p>Owner: confined to its reader's event loop.
 */
final class PageCache {
  /** How long a page is kept. Entries do not change, but they may be deleted. */
  private static final long KEPT_NANOS = Duration.ofMillis(1500).toNanos();

  private final long limitBytes;
  private final Map<String, Deque<StoredPage>> byAccount = new HashMap<>();

  /** All pages, the oldest first. */
  private final Deque<StoredPage> all = new ArrayDeque<>();

  private long bytes;

  PageCache(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void add(StoredPage page) {
    if (page.page().entries().isEmpty() || page.bytes() > limitBytes) {
      return;
    }
    byAccount.computeIfAbsent(page.account(), account -> new ArrayDeque<>()).addFirst(page);
    all.add(page);
    bytes += page.bytes();
    evict(page.readNanos());
  }

  /** Returns the answer of a page, or null. */
  @Nullable HistoryPage find(String account, Range range, long now) {
    evict(now);
    Deque<StoredPage> pages = byAccount.get(account);
    if (pages != null) {
      for (StoredPage page : pages) {
        HistoryPage answer = page.answer(range, false);
        if (answer != null) {
          return answer;
        }
      }
    }
    return null;
  }

  /** Removes pages that are too old, and the oldest ones while there are too many bytes. */
  void evict(long now) {
    for (StoredPage oldest = all.peek();
        oldest != null && (bytes > limitBytes || now - oldest.readNanos() > KEPT_NANOS);
        oldest = all.peek()) {
      all.remove();
      bytes -= oldest.bytes();
      Deque<StoredPage> pages = byAccount.get(oldest.account());
      if (pages != null) {
        pages.removeLastOccurrence(oldest);
        if (pages.isEmpty()) {
          byAccount.remove(oldest.account());
        }
      }
    }
  }

  boolean has(String account) {
    return byAccount.containsKey(account);
  }
}
