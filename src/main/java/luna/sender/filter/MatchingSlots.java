package luna.sender.filter;

import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The slots that an event's value selects in one dimension: one, or a bitmap of several.
 *
 * <p>Owner: confined to its shape; used again for each event.
 */
final class MatchingSlots {
  private int slot;
  private @Nullable RoaringBitmap slots;

  void one(int found) {
    slot = found;
    slots = null;
  }

  /** Not to be changed, for it may be the index's own. */
  void several(RoaringBitmap found) {
    slots = found;
  }

  /** The only slot, or -1 if there is a bitmap. */
  int slot() {
    return slots == null ? slot : -1;
  }

  RoaringBitmap slots() {
    return slots == null ? Postings.bitmapOf(slot) : slots;
  }

  int size() {
    return slots == null ? 1 : slots.getCardinality();
  }

  boolean contains(int candidate) {
    return slots == null ? slot == candidate : slots.contains(candidate);
  }
}
