package luna.sender.filter;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The filters that have clauses on the same attributes.
 *
 * <p>Why they are grouped: every filter of a group has a clause on each of its attributes. So each
 * event value selects exactly the filters that list it, and a value that no filter lists rules out
 * the whole group.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class FilterGroup<S extends FilterIndex.Subscriber<S>> {
  /** Up to this many candidates are checked one by one; an intersection would cost more. */
  private static final int LINEAR_LIMIT = 32;

  private final Postings[] postings;
  private final MatchingSlots[] found;

  /** Entries by slot; null for a free slot. */
  private FilterIndex.@Nullable Entry<S>[] entries = array(4);

  /**
   * Slots of filters for which postings can return false candidates, so a match must be rechecked.
   */
  private final BitSet inexact = new BitSet();

  private final BitSet used = new BitSet();

  /** The bytes that the index has counted for this group. */
  long countedBytes;

  /**
   * @param filter a filter of the group
   */
  FilterGroup(EventFilter filter) {
    postings = new Postings[filter.size()];
    Arrays.setAll(postings, i -> filter.condition(i).attribute().postings());
    found = new MatchingSlots[postings.length];
    Arrays.setAll(found, i -> new MatchingSlots());
  }

  /** Adds a filter. If this throws, {@link #remove} undoes it by the entry's slot. */
  void add(FilterIndex.Entry<S> entry) {
    int slot = used.nextClearBit(0);
    if (slot == entries.length) {
      entries = Arrays.copyOf(entries, slot * 2);
    }
    used.set(slot);
    entry.slot = slot;
    entries[slot] = entry;
    boolean exact = true;
    for (int i = 0; i < postings.length; i++) {
      FaultInjectionPoint.Installed.reached();
      Condition condition = entry.filter.condition(i);
      postings[i].add(condition, slot);
      exact &= postings[i].isExact(condition);
    }
    inexact.set(slot, !exact);
  }

  /** Removes a filter. Idempotent: after a fault, another call completes the removal. */
  void remove(FilterIndex.Entry<S> entry) {
    int slot = entry.slot;
    if (slot < 0) {
      return;
    }
    for (int i = 0; i < postings.length; i++) {
      postings[i].remove(entry.filter.condition(i), slot);
      FaultInjectionPoint.Installed.reached();
    }
    entries[slot] = null;
    used.clear(slot);
    entry.slot = -1;
  }

  boolean isEmpty() {
    return used.isEmpty();
  }

  /** Returns the memory of this group, without its entries and their filters. */
  long bytes() {
    long bytes =
        HeapSizes.object(6L * HeapSizes.REFERENCE + 8)
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
      // A group without clauses has one filter, which passes everything.
      emit(0, attributes, each);
    } else if (smallestSize <= LINEAR_LIMIT) {
      matchEach(smallest, attributes, each);
    } else {
      emitAll(intersection(smallest), attributes, each);
    }
  }

  /** Intersects the sets, most selective attribute first, so the others only cost what is left. */
  private RoaringBitmap intersection(int smallest) {
    RoaringBitmap first = found[smallest].bitmap();
    RoaringBitmap common = first;
    for (int i = 0; i < found.length && !common.isEmpty(); i++) {
      if (i == smallest) {
        continue;
      }
      if (common == first) {
        common = RoaringBitmap.and(first, found[i].bitmap());
      } else {
        common.and(found[i].bitmap());
      }
    }
    return common;
  }

  private void matchEach(int smallest, Attributes attributes, Consumer<S> each) {
    int single = found[smallest].slot();
    if (single >= 0) {
      if (isSelectedByOthers(single, smallest)) {
        emit(single, attributes, each);
      }
      return;
    }
    PeekableIntIterator candidates = found[smallest].bitmap().getIntIterator();
    while (candidates.hasNext()) {
      int slot = candidates.next();
      if (isSelectedByOthers(slot, smallest)) {
        emit(slot, attributes, each);
      }
    }
  }

  private boolean isSelectedByOthers(int slot, int smallest) {
    for (int i = 0; i < found.length; i++) {
      if (i != smallest && !found[i].contains(slot)) {
        return false;
      }
    }
    return true;
  }

  private void emitAll(RoaringBitmap candidates, Attributes attributes, Consumer<S> each) {
    PeekableIntIterator slots = candidates.getIntIterator();
    while (slots.hasNext()) {
      emit(slots.next(), attributes, each);
    }
  }

  private void emit(int slot, Attributes attributes, Consumer<S> each) {
    FilterIndex.Entry<S> entry = entries[slot];
    if (entry != null && (!inexact.get(slot) || entry.filter.confirms(attributes))) {
      entry.forEach(each);
    }
  }

  @SuppressWarnings("unchecked") // Java has no generic array creation.
  private static <S extends FilterIndex.Subscriber<S>> FilterIndex.@Nullable Entry<S>[] array(
      int length) {
    return (FilterIndex.@Nullable Entry<S>[]) new FilterIndex.Entry<?>[length];
  }
}
