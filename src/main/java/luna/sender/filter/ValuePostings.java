package luna.sender.filter;

import java.util.ArrayList;
import java.util.BitSet;
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
  private final Function<EventFilter, TextSet> wanted;
  private final Function<Attributes, List<String>> actual;
  private final boolean all;
  private final TextTable slots = new TextTable();
  private final List<@Nullable RoaringBitmap> bitmaps = new ArrayList<>(0);
  private final BitSet freePlaces = new BitSet();
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
        slots.put(value, ~keep(Postings.bitmapOf(known, slot)));
      } else {
        RoaringBitmap bitmap = bitmap(known);
        bitmapBytes -= Heap.bitmap(bitmap);
        bitmap.add(slot);
        bitmapBytes += Heap.bitmap(bitmap);
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    for (String value : keys(filter)) {
      int known = slots.get(value);
      if (known >= 0) {
        slots.remove(value);
      } else if (known != TextTable.ABSENT) {
        RoaringBitmap bitmap = bitmap(known);
        bitmapBytes -= Heap.bitmap(bitmap);
        bitmap.remove(slot);
        if (bitmap.getCardinality() == 1) {
          slots.put(value, bitmap.first());
          bitmaps.set(~known, null);
          freePlaces.set(~known);
        } else {
          bitmapBytes += Heap.bitmap(bitmap);
        }
      }
    }
  }

  private RoaringBitmap bitmap(int known) {
    RoaringBitmap bitmap = bitmaps.get(~known);
    if (bitmap == null) {
      throw new IllegalStateException("bitmap " + ~known + ": none (expected: one)");
    }
    return bitmap;
  }

  /** Returns the bitmap's place. */
  private int keep(RoaringBitmap bitmap) {
    bitmapBytes += Heap.bitmap(bitmap);
    int place = freePlaces.nextSetBit(0);
    if (place < 0) {
      bitmaps.add(bitmap);
      return bitmaps.size() - 1;
    }
    freePlaces.clear(place);
    bitmaps.set(place, bitmap);
    return place;
  }

  @Override
  public boolean isExact(EventFilter filter) {
    return !all || wanted.apply(filter).size() == 1;
  }

  @Override
  public boolean find(Attributes attributes, Found found) {
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
    return Heap.object(48)
        + slots.bytes()
        + Heap.object(16)
        + Heap.references(bitmaps.size())
        + Heap.object(16)
        + Heap.array(bitmaps.size() / 8)
        + bitmapBytes;
  }

  private Collection<String> keys(EventFilter filter) {
    TextSet values = wanted.apply(filter);
    return all ? List.of(values.first()) : values;
  }
}
