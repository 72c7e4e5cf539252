package luna.sender.filter;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Filters by the text values that they list.
 *
 * <p>Shape: a value that one filter lists has that filter's slot; one that several list has the
 * complement of the place of their bitmap.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class ValuePostings implements Postings {
  private static final int NONE = -1;

  private final Function<EventFilter, TextSet> wanted;
  private final Function<Attributes, List<String>> actual;
  private final boolean all;
  private final TextTable slots = new TextTable();
  private @Nullable RoaringBitmap[] bitmaps = new RoaringBitmap[0];

  /** Of a free place, the next one; a list that takes no call to change. */
  private int[] nextFree = new int[0];

  private int firstFree = NONE;
  private long bitmapBytes;

  /**
   * @param all whether an event needs all of a filter's values and not just any. Such a filter is
   *     found by one of them, always the same, and has to be confirmed if it has more.
   */
  ValuePostings(
      Function<EventFilter, TextSet> wanted,
      Function<Attributes, List<String>> actual,
      boolean all) {
    this.wanted = wanted;
    this.actual = actual;
    this.all = all;
  }

  @Override
  public void add(EventFilter filter, int slot) {
    for (String value : keys(filter)) {
      int known = slots.get(value);
      if (known == TextTable.ABSENT) {
        slots.put(value, slot);
      } else if (known >= 0) {
        share(value, Postings.bitmapOf(known, slot));
      } else {
        RoaringBitmap bitmap = bitmap(known);
        long before = HeapSizes.bitmap(bitmap);
        bitmap.add(slot);
        bitmapBytes += HeapSizes.bitmap(bitmap) - before;
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    for (String value : keys(filter)) {
      int known = slots.get(value);
      if (known == slot) {
        slots.remove(value);
      } else if (known != TextTable.ABSENT && known < 0) {
        remove(value, known, slot);
      }
    }
  }

  private void remove(String value, int known, int slot) {
    RoaringBitmap bitmap = bitmap(known);
    long before = HeapSizes.bitmap(bitmap);
    bitmap.remove(slot);
    long after = HeapSizes.bitmap(bitmap);
    bitmapBytes += after - before;
    if (bitmap.getCardinality() == 1) {
      slots.put(value, bitmap.first());
      bitmaps[~known] = null;
      nextFree[~known] = firstFree;
      firstFree = ~known;
      bitmapBytes -= after;
    }
  }

  private RoaringBitmap bitmap(int known) {
    RoaringBitmap bitmap = bitmaps[~known];
    if (bitmap == null) {
      throw new IllegalStateException("bitmap " + ~known + ": none (expected: one)");
    }
    return bitmap;
  }

  /** From now on several filters list the value. */
  private void share(String value, RoaringBitmap bitmap) {
    long bytes = HeapSizes.bitmap(bitmap);
    if (firstFree == NONE) {
      makeRoom();
    }
    int place = firstFree;
    bitmaps[place] = bitmap;
    slots.put(value, ~place);
    // Only now the place is taken, without a call that a fault could come from.
    firstFree = nextFree[place];
    bitmapBytes += bytes;
  }

  private void makeRoom() {
    int length = bitmaps.length;
    int longer = length + length / 2 + 1;
    @Nullable RoaringBitmap[] more = Arrays.copyOf(bitmaps, longer);
    int[] next = Arrays.copyOf(nextFree, longer);
    for (int place = length; place < longer; place++) {
      next[place] = place + 1 < longer ? place + 1 : NONE;
    }
    bitmaps = more;
    nextFree = next;
    firstFree = length;
  }

  @Override
  public boolean isExact(EventFilter filter) {
    return !all || wanted.apply(filter).size() == 1;
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    List<String> values = actual.apply(attributes);
    int first = TextTable.ABSENT;
    RoaringBitmap union = null;
    for (int i = 0; i < values.size(); i++) {
      int next = slots.get(values.get(i));
      if (next == TextTable.ABSENT) {
        continue;
      }
      if (first == TextTable.ABSENT) {
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
      found.several(union);
    } else if (first >= 0) {
      found.one(first);
    } else if (first != TextTable.ABSENT) {
      found.several(bitmap(first));
    }
    return first != TextTable.ABSENT;
  }

  private void addTo(RoaringBitmap union, int known) {
    if (known >= 0) {
      union.add(known);
    } else {
      union.or(bitmap(known));
    }
  }

  @Override
  public long bytes() {
    return HeapSizes.object(48)
        + slots.bytes()
        + HeapSizes.references(bitmaps.length)
        + HeapSizes.array(4L * nextFree.length)
        + bitmapBytes;
  }

  private Collection<String> keys(EventFilter filter) {
    TextSet values = wanted.apply(filter);
    return all ? List.of(values.first()) : values;
  }
}
