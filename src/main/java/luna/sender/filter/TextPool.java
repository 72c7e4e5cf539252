package luna.sender.filter;

import org.jspecify.annotations.Nullable;

/**
 * Every text that the filters of an index list, once, however many list it.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class TextPool {
  private final TextTable counts = new TextTable();
  private long textBytes;

  /** Keeps the filter's texts for as long as it is in the index; the filter with the kept ones. */
  EventFilter keep(EventFilter filter) {
    return filter.share(this::keep);
  }

  private String keep(String text) {
    int count = counts.get(text);
    if (count == TextTable.ABSENT) {
      counts.put(text, 1);
      textBytes += Heap.text(text);
      return text;
    }
    counts.put(text, count + 1);
    @Nullable String kept = counts.equal(text);
    return kept == null ? text : kept;
  }

  void release(EventFilter filter) {
    filter.forEachText(this::release);
  }

  private void release(String text) {
    int count = counts.get(text);
    if (count > 1) {
      counts.put(text, count - 1);
    } else {
      counts.remove(text);
      textBytes -= Heap.text(text);
    }
  }

  long bytes() {
    return counts.bytes() + textBytes;
  }
}
