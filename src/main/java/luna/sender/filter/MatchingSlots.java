package luna.sender.filter;

import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The slots that an event's value selects for one attribute: a single slot, or a bitmap of several.
 *
 * <p>Owner: confined to its group; reused for each event.
 */
final class MatchingSlots {
  private int slot;
  private @Nullable RoaringBitmap slots;

  void setSingle(int found) {
    slot = found;
    slots = null;
  }

  /** Sets several slots. Do not modify the bitmap: the index may own it. */
  void setBitmap(RoaringBitmap found) {
    slots = found;
  }

  /** Returns the only slot, or -1 if there is a bitmap. */
  int slot() {
    return slots == null ? slot : -1;
  }

  RoaringBitmap bitmap() {
    return slots == null ? Postings.bitmapOf(slot) : slots;
  }

  int size() {
    return slots == null ? 1 : slots.getCardinality();
  }

  boolean contains(int candidate) {
    return slots == null ? slot == candidate : slots.contains(candidate);
  }
}
