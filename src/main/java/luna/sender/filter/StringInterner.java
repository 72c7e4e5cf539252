package luna.sender.filter;

import org.jspecify.annotations.Nullable;

/**
 * Interns the strings of all filters of an index: each distinct string is stored once.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class StringInterner {
  private final StringIntMap counts = new StringIntMap();
  private long textBytes;

  /**
   * How many strings of one filter are interned and released. After a fault, this can be only some
   * of them.
   */
  static final class Texts {
    private int interned;
    private int released;
  }

  /**
   * Interns the filter's strings until they are released. Returns the filter with the interned
   * strings.
   */
  EventFilter intern(EventFilter filter, Texts texts) {
    return filter.intern(
        text -> {
          String interned = intern(text);
          texts.interned++;
          return interned;
        });
  }

  private String intern(String text) {
    int count = counts.get(text);
    if (count == StringIntMap.ABSENT) {
      long bytes = HeapSizes.text(text);
      counts.put(text, 1);
      textBytes += bytes;
      return text;
    }
    @Nullable String interned = counts.stored(text);
    counts.put(text, count + 1);
    return interned == null ? text : interned;
  }

  /** Releases the filter's strings that are interned and not released yet. */
  void release(EventFilter filter, Texts texts) {
    int[] position = new int[1];
    filter.forEachText(
        text -> {
          int current = position[0]++;
          if (current >= texts.released && current < texts.interned) {
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

  int size() {
    return counts.size();
  }

  long textBytes() {
    return textBytes;
  }

  long bytes() {
    return counts.bytes() + textBytes;
  }
}
