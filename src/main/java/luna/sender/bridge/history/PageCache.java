package luna.sender.bridge.history;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest.Range;
import org.jspecify.annotations.Nullable;

/**
 * The pages that were used last, so that many clients which return at the same time share them.
 *
 * <p>Owner: confined to its reader's event loop.
 */
final class PageCache {
  /**
   * How long a large page is kept. Entries do not change, but they may be deleted. The clients of a
   * restarted node return within some ten seconds; pages that are read again for them would be most
   * of what the garbage collector copies.
   */
  private static final long LARGE_KEPT_NANOS = Duration.ofSeconds(10).toNanos();

  /** How long a small page is kept. Many of them would take a client more requests than reads. */
  private static final long SMALL_KEPT_NANOS = Duration.ofMillis(1500).toNanos();

  private static final int LARGE_ENTRIES = PageReader.PAGE_ENTRIES / 4;

  private final long limitBytes;
  private final Map<String, Deque<Cached>> byAccount = new HashMap<>();

  /** All pages, the least recently used first. */
  private final Map<Cached, Boolean> all = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;

  /** A page that is equal to no other one, unlike a record. */
  private static final class Cached {
    final StoredPage page;
    private final long keptNanos;

    Cached(StoredPage page) {
      this.page = page;
      boolean large = page.page().entries().size() >= LARGE_ENTRIES;
      this.keptNanos = large ? LARGE_KEPT_NANOS : SMALL_KEPT_NANOS;
    }

    boolean isOld(long now) {
      return now - page.readNanos() > keptNanos;
    }
  }

  PageCache(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void add(StoredPage page) {
    if (page.page().entries().isEmpty() || page.bytes() > limitBytes) {
      return;
    }
    Cached added = new Cached(page);
    byAccount.computeIfAbsent(page.account(), account -> new ArrayDeque<>()).addFirst(added);
    all.put(added, true);
    bytes += page.bytes();
    if (bytes > limitBytes) {
      remove(cached -> bytes > limitBytes);
    }
  }

  /** Returns the answer of a page, or null. */
  @Nullable HistoryPage find(String account, Range range, long now) {
    Deque<Cached> pages = byAccount.get(account);
    if (pages != null) {
      for (Cached cached : pages) {
        HistoryPage answer = cached.isOld(now) ? null : cached.page.answer(range, false);
        if (answer != null) {
          all.get(cached); // is now the most recently used one
          return answer;
        }
      }
    }
    return null;
  }

  /** Removes pages that are too old. */
  void evict(long now) {
    remove(cached -> cached.isOld(now));
  }

  /** Removes those that match, the least recently used first. */
  private void remove(Predicate<Cached> matching) {
    Iterator<Cached> pages = all.keySet().iterator();
    while (pages.hasNext()) {
      Cached cached = pages.next();
      if (matching.test(cached)) {
        pages.remove();
        bytes -= cached.page.bytes();
        byAccount.computeIfPresent(
            cached.page.account(),
            (account, own) -> own.remove(cached) && own.isEmpty() ? null : own);
      }
    }
  }

  boolean has(String account) {
    return byAccount.containsKey(account);
  }
}
