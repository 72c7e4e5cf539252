package luna.sender.filter;

import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * For one dimension: which filters an event's value selects.
 *
 * <p>Owner: confined to its index's event loop.
 */
interface Postings {
  void add(EventFilter filter, int slot);

  void remove(EventFilter filter, int slot);

  /** Whether {@link #of} finds this filter only for events that pass its clause. */
  boolean isExact(EventFilter filter);

  /**
   * The slots of the filters whose clause the event passes, and maybe a few more, which {@link
   * EventFilter#confirms} tells apart; null for none. Not to be changed.
   */
  @Nullable RoaringBitmap of(Attributes attributes);
}
