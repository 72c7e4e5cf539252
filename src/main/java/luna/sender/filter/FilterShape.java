package luna.sender.filter;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The filters that have clauses on the same dimensions.
 *
 * <p>Why they are kept apart: within a shape no filter leaves a dimension open, so each event value
 * selects just the filters that name it, and a value that none names rules out the whole shape.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class FilterShape<S extends FilterIndex.Subscriber<S>> {
  /** So few candidates are looked at one by one; an intersection would cost more. */
  private static final int FEW = 32;

  private final Postings[] postings;
  private final MatchingSlots[] found;

  /** Entries by slot, null where it is free. */
  private FilterIndex.@Nullable Entry<S>[] entries = array(4);

  /** Slots whose filter is found only nearly, and has to be confirmed. */
  private final BitSet inexact = new BitSet();

  private final BitSet used = new BitSet();
  private final int dimensions;

  /** What its index has counted for it. */
  long countedBytes;

  FilterShape(int dimensions) {
    this.dimensions = dimensions;
    postings = Dimension.postings(dimensions);
    found = new MatchingSlots[postings.length];
    Arrays.setAll(found, i -> new MatchingSlots());
  }

  int dimensions() {
    return dimensions;
  }

  /** Takes a filter in; its entry leaves again by its slot, also after a fault in here. */
  void add(FilterIndex.Entry<S> entry) {
    int slot = used.nextClearBit(0);
    if (slot == entries.length) {
      entries = Arrays.copyOf(entries, slot * 2);
    }
    used.set(slot);
    entry.slot = slot;
    entries[slot] = entry;
    boolean exact = true;
    for (Postings each : postings) {
      each.add(entry.filter, slot);
      exact &= each.isExact(entry.filter);
    }
    inexact.set(slot, !exact);
  }

  /** Does what is left to do when it is called again after a fault. */
  void remove(FilterIndex.Entry<S> entry) {
    int slot = entry.slot;
    if (slot < 0) {
      return;
    }
    for (Postings each : postings) {
      each.remove(entry.filter, slot);
    }
    entries[slot] = null;
    used.clear(slot);
    entry.slot = -1;
  }

  boolean isEmpty() {
    return used.isEmpty();
  }

  /** Memory, without the entries and their filters. */
  long bytes() {
    long bytes =
        HeapSizes.object(6L * HeapSizes.REFERENCE + 12)
            + 2 * (HeapSizes.object(HeapSizes.REFERENCE + 8) + HeapSizes.array(entries.length / 8))
            + HeapSizes.references(entries.length)
            + 2 * HeapSizes.references(postings.length)
            + postings.length * HeapSizes.object(4 + HeapSizes.REFERENCE);
    for (Postings each : postings) {
      bytes += each.bytes();
    }
    return bytes;
  }

  void match(Attributes attributes, Consumer<S> each) {
    int smallest = -1;
    int smallestSize = Integer.MAX_VALUE;
    for (int i = 0; i < postings.length; i++) {
      if (!postings[i].find(attributes, found[i])) {
        return;
      }
      int size = found[i].size();
      if (size < smallestSize) {
        smallest = i;
        smallestSize = size;
      }
    }
    if (smallest < 0) {
      // The shape without a clause has one filter, which passes everything.
      offer(0, attributes, each);
    } else if (smallestSize <= FEW) {
      few(smallest, attributes, each);
    } else {
      all(intersection(smallest), attributes, each);
    }
  }

  /** From the most selective dimension on, so that the others cost only what is left. */
  private RoaringBitmap intersection(int smallest) {
    RoaringBitmap first = found[smallest].slots();
    RoaringBitmap common = first;
    for (int i = 0; i < found.length && !common.isEmpty(); i++) {
      if (i == smallest) {
        continue;
      }
      if (common == first) {
        common = RoaringBitmap.and(first, found[i].slots());
      } else {
        common.and(found[i].slots());
      }
    }
    return common;
  }

  private void few(int smallest, Attributes attributes, Consumer<S> each) {
    int only = found[smallest].slot();
    if (only >= 0) {
      if (isInAll(only, smallest)) {
        offer(only, attributes, each);
      }
      return;
    }
    PeekableIntIterator candidates = found[smallest].slots().getIntIterator();
    while (candidates.hasNext()) {
      int slot = candidates.next();
      if (isInAll(slot, smallest)) {
        offer(slot, attributes, each);
      }
    }
  }

  private boolean isInAll(int slot, int smallest) {
    for (int i = 0; i < found.length; i++) {
      if (i != smallest && !found[i].contains(slot)) {
        return false;
      }
    }
    return true;
  }

  private void all(RoaringBitmap candidates, Attributes attributes, Consumer<S> each) {
    PeekableIntIterator slots = candidates.getIntIterator();
    while (slots.hasNext()) {
      offer(slots.next(), attributes, each);
    }
  }

  private void offer(int slot, Attributes attributes, Consumer<S> each) {
    FilterIndex.Entry<S> entry = entries[slot];
    if (entry != null && (!inexact.get(slot) || entry.filter.confirms(attributes))) {
      entry.forEach(each);
    }
  }

  @SuppressWarnings("unchecked") // An array of a generic type can't be made in any other way.
  private static <S extends FilterIndex.Subscriber<S>> FilterIndex.@Nullable Entry<S>[] array(
      int length) {
    return (FilterIndex.@Nullable Entry<S>[]) new FilterIndex.Entry<?>[length];
  }
}
