package luna.sender.bridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PageCacheTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final PageCache cache = new PageCache(3000);

  private static Position at(long number) {
    return new Position("e", number, 1000 + number, 0, Position.END);
  }

  /** Adds a page of 1,000 bytes with the entries after a number. */
  private void add(String account, long after, int entries, long readNanos) {
    List<HistoryEntry> items =
        LongStream.rangeClosed(after + 1, after + entries)
            .mapToObj(number -> new HistoryEntry(at(number), List.of()))
            .toList();
    HistoryPage page =
        new HistoryPage(items, at(after), at(1000), true, HistoryPage.Outcome.COMPLETE, 0);
    cache.add(new StoredPage(account, new After(at(after)), page, 1000, readNanos));
  }

  private @Nullable Integer entriesAfter(String account, long number, long now) {
    HistoryPage found = cache.find(account, new After(at(number)), now);
    return found == null ? null : found.entries().size();
  }

  @Test
  void largePageAnswersForTenSecondsAndASmallOneForLess() {
    add("a", 0, 32, 0);
    add("b", 0, 31, 0);
    assertThat(entriesAfter("a", 0, SECOND)).isEqualTo(32);
    assertThat(entriesAfter("a", 30, 10 * SECOND)).isEqualTo(2);
    assertThat(entriesAfter("b", 0, SECOND)).isEqualTo(31);
    assertThat(entriesAfter("b", 0, 2 * SECOND)).isNull();
    assertThat(entriesAfter("a", 0, 10 * SECOND + 1)).isNull();
  }

  @Test
  void oldPagesAreRemovedAlsoBehindOneThatIsUsed() {
    add("a", 0, 40, 0);
    add("b", 0, 2, 0);
    add("c", 0, 40, 0);
    assertThat(entriesAfter("a", 0, SECOND)).isEqualTo(40);
    cache.evict(2 * SECOND);
    assertThat(cache.has("a")).isTrue();
    assertThat(cache.has("b")).isFalse();
    assertThat(cache.has("c")).isTrue();
    cache.evict(11 * SECOND);
    assertThat(cache.has("a")).isFalse();
    assertThat(cache.has("c")).isFalse();
  }

  @Test
  void pageThatWasNotUsedForTheLongestTimeMakesRoom() {
    add("a", 0, 40, 0);
    add("b", 0, 40, 0);
    add("c", 0, 40, 0);
    assertThat(entriesAfter("a", 0, 1)).isEqualTo(40);
    add("d", 0, 40, 2);
    assertThat(entriesAfter("b", 0, 3)).isNull();
    assertThat(cache.has("b")).isFalse();
    assertThat(entriesAfter("a", 0, 3)).isEqualTo(40);
    assertThat(entriesAfter("c", 0, 3)).isEqualTo(40);
    assertThat(entriesAfter("d", 0, 3)).isEqualTo(40);
  }

  @Test
  void equalPagesOfOneAccountAreCountedEach() {
    add("a", 0, 40, 0);
    add("a", 0, 40, 0);
    add("a", 0, 40, 0);
    add("a", 0, 40, 0);
    assertThat(entriesAfter("a", 0, 1)).isEqualTo(40);
    cache.evict(11 * SECOND);
    assertThat(cache.has("a")).isFalse();
    add("b", 0, 40, 12 * SECOND);
    assertThat(entriesAfter("b", 0, 12 * SECOND)).isEqualTo(40);
  }
}
