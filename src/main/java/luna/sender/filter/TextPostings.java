package luna.sender.filter;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Indexes filters by the string values that they list.
 *
 * <p>Shape: a value maps to one {@code int}. If one filter lists the value, this is the filter's
 * slot (0 or greater). If several do, it is the bitwise complement of the position of their bitmap
 * (negative).
 *
 * <p>Owner: confined to its index's event loop.
 */
final class TextPostings implements Postings {
  private static final int NONE = -1;

  /** Where events have the texts. */
  private final int attribute;

  private final boolean matchAll;
  private final StringIntMap slots = new StringIntMap();
  private @Nullable RoaringBitmap[] bitmaps = new RoaringBitmap[0];

  /**
   * For each free bitmap position, the next free one. A linked list in an array, so changing it
   * cannot throw.
   */
  private int[] nextFree = new int[0];

  private int firstFree = NONE;
  private long bitmapBytes;

  /**
   * @param attribute the slot of the attribute in the events
   * @param matchAll whether an event needs all of a filter's values instead of any. Such a filter
   *     is indexed by its first value only, and must be rechecked if it has more.
   */
  TextPostings(int attribute, boolean matchAll) {
    this.attribute = attribute;
    this.matchAll = matchAll;
  }

  @Override
  public void add(Condition condition, int slot) {
    for (String value : keys(condition)) {
      int posting = slots.get(value);
      if (posting == StringIntMap.ABSENT) {
        slots.put(value, slot);
      } else if (posting >= 0) {
        promote(value, Postings.bitmapOf(posting, slot));
      } else {
        RoaringBitmap bitmap = bitmap(posting);
        long before = HeapSizes.bitmap(bitmap);
        bitmap.add(slot);
        bitmapBytes += HeapSizes.bitmap(bitmap) - before;
      }
    }
  }

  @Override
  public void remove(Condition condition, int slot) {
    for (String value : keys(condition)) {
      int posting = slots.get(value);
      if (posting == slot) {
        slots.remove(value);
      } else if (posting != StringIntMap.ABSENT && posting < 0) {
        remove(value, posting, slot);
      }
    }
  }

  private void remove(String value, int posting, int slot) {
    RoaringBitmap bitmap = bitmap(posting);
    long before = HeapSizes.bitmap(bitmap);
    bitmap.remove(slot);
    long after = HeapSizes.bitmap(bitmap);
    bitmapBytes += after - before;
    if (bitmap.getCardinality() == 1) {
      slots.put(value, bitmap.first());
      bitmaps[~posting] = null;
      nextFree[~posting] = firstFree;
      firstFree = ~posting;
      bitmapBytes -= after;
    }
  }

  private RoaringBitmap bitmap(int posting) {
    RoaringBitmap bitmap = bitmaps[~posting];
    if (bitmap == null) {
      throw new IllegalStateException("bitmap " + ~posting + ": none (expected: one)");
    }
    return bitmap;
  }

  /** Replaces the single slot of a value by a bitmap, because several filters now list it. */
  private void promote(String value, RoaringBitmap bitmap) {
    long bytes = HeapSizes.bitmap(bitmap);
    if (firstFree == NONE) {
      grow();
    }
    int position = firstFree;
    bitmaps[position] = bitmap;
    slots.put(value, ~position);
    // Take the position last: no call follows that could throw.
    firstFree = nextFree[position];
    bitmapBytes += bytes;
  }

  private void grow() {
    int length = bitmaps.length;
    int longer = length + length / 2 + 1;
    @Nullable RoaringBitmap[] more = Arrays.copyOf(bitmaps, longer);
    int[] next = Arrays.copyOf(nextFree, longer);
    for (int position = length; position < longer; position++) {
      next[position] = position + 1 < longer ? position + 1 : NONE;
    }
    bitmaps = more;
    nextFree = next;
    firstFree = length;
  }

  @Override
  public boolean isExact(Condition condition) {
    return !matchAll || texts(condition).size() == 1;
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    int count = attributes.textCount(attribute);
    int first = StringIntMap.ABSENT;
    RoaringBitmap union = null;
    for (int i = 0; i < count; i++) {
      int next = slots.get(attributes.text(attribute, i));
      if (next == StringIntMap.ABSENT) {
        continue;
      }
      if (first == StringIntMap.ABSENT) {
        first = next;
      } else {
        if (union == null) {
          union = new RoaringBitmap();
          addTo(union, first);
        }
        addTo(union, next);
      }
    }
    if (union != null) {
      found.setBitmap(union);
    } else if (first >= 0) {
      found.setSingle(first);
    } else if (first != StringIntMap.ABSENT) {
      found.setBitmap(bitmap(first));
    }
    return first != StringIntMap.ABSENT;
  }

  private void addTo(RoaringBitmap union, int posting) {
    if (posting >= 0) {
      union.add(posting);
    } else {
      union.or(bitmap(posting));
    }
  }

  @Override
  public long bytes() {
    return HeapSizes.object(44)
        + slots.bytes()
        + HeapSizes.references(bitmaps.length)
        + HeapSizes.array(4L * nextFree.length)
        + bitmapBytes;
  }

  private Collection<String> keys(Condition condition) {
    SortedStrings texts = texts(condition);
    return matchAll ? List.of(texts.first()) : texts;
  }

  private static SortedStrings texts(Condition condition) {
    return ((Condition.Texts) condition).texts();
  }
}
