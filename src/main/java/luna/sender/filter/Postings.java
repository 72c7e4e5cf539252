package luna.sender.filter;

import luna.sender.event.Attributes;
import org.roaringbitmap.RoaringBitmap;

/**
 * For one dimension: which filters an event's value selects.
 *
 * <p>Owner: confined to its index's event loop.
 */
interface Postings {
  /** A fault leaves a part of it, which {@link #remove} takes out. */
  void add(EventFilter filter, int slot);

  /** Takes out what there is of the filter; may be called again after a fault. */
  void remove(EventFilter filter, int slot);

  /** Whether {@link #find} finds this filter only for events that pass its clause. */
  boolean isExact(EventFilter filter);

  /**
   * Finds the slots of the filters whose clause the event passes, and maybe a few more, which
   * {@link EventFilter#confirms} tells apart.
   *
   * @return false if there are none
   */
  boolean find(Attributes attributes, MatchingSlots found);

  /** Memory, without the texts of filters. */
  long bytes();

  /** {@code RoaringBitmap.bitmapOf} makes runs, which stay runs when what is added is scattered. */
  static RoaringBitmap bitmapOf(int... slots) {
    RoaringBitmap bitmap = new RoaringBitmap();
    for (int slot : slots) {
      bitmap.add(slot);
    }
    return bitmap;
  }
}
