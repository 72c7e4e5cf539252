package luna.sender.filter;

import luna.sender.event.Attributes;
import org.roaringbitmap.RoaringBitmap;

/**
 * Maps the values of one attribute to the slots of the filters that select them.
 *
 * <p>Owner: confined to its index's event loop.
 */
interface Postings {
  /** Adds a filter. If this throws, part of the filter may be added; {@link #remove} removes it. */
  void add(Condition condition, int slot);

  /** Removes a filter, even a partly added one. Idempotent after a fault. */
  void remove(Condition condition, int slot);

  /** Returns whether {@link #find} returns this filter only for events that pass its clause. */
  boolean isExact(Condition condition);

  /**
   * Finds the slots of the filters whose clause the event passes. The result may include false
   * candidates, which {@link EventFilter#confirms} rejects.
   *
   * @return false if there are none
   */
  boolean find(Attributes attributes, MatchingSlots found);

  /** Returns the memory of the postings, without the strings of filters. */
  long bytes();

  /**
   * Creates a bitmap. {@code RoaringBitmap.bitmapOf} creates run containers, which stay runs when
   * scattered slots are added.
   */
  static RoaringBitmap bitmapOf(int... slots) {
    RoaringBitmap bitmap = new RoaringBitmap();
    for (int slot : slots) {
      bitmap.add(slot);
    }
    return bitmap;
  }
}
