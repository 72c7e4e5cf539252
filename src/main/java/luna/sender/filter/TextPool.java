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

  /** The texts of one filter that are in the pool: all of them, unless a fault came between. */
  static final class Texts {
    private int kept;
    private int released;
  }

  /** Keeps the filter's texts for as long as it is in the index; the filter with the kept ones. */
  EventFilter keep(EventFilter filter, Texts texts) {
    return filter.share(
        text -> {
          String kept = keep(text);
          texts.kept++;
          return kept;
        });
  }

  private String keep(String text) {
    int count = counts.get(text);
    if (count == TextTable.ABSENT) {
      long bytes = HeapSizes.text(text);
      counts.put(text, 1);
      textBytes += bytes;
      return text;
    }
    @Nullable String kept = counts.equal(text);
    counts.put(text, count + 1);
    return kept == null ? text : kept;
  }

  /** Releases those of the filter's texts that are kept and not released yet. */
  void release(EventFilter filter, Texts texts) {
    int[] place = new int[1];
    filter.forEachText(
        text -> {
          int here = place[0]++;
          if (here >= texts.released && here < texts.kept) {
            release(text);
            texts.released++;
          }
        });
  }

  private void release(String text) {
    int count = counts.get(text);
    long bytes = HeapSizes.text(text);
    if (count > 1) {
      counts.put(text, count - 1);
    } else {
      counts.remove(text);
      textBytes -= bytes;
    }
  }

  long bytes() {
    return counts.bytes() + textBytes;
  }
}
