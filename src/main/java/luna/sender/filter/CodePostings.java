package luna.sender.filter;

import java.util.function.ToIntFunction;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Indexes filters by the small integer codes that they list, such as emotions.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class CodePostings implements Postings {
  private static final int CODES = 8;

  private final ToIntFunction<EventFilter> wanted;
  private final ToIntFunction<Attributes> actual;

  /** The slots of the filters that list each code; null for a code that no filter lists. */
  private final @Nullable RoaringBitmap[] slots = new RoaringBitmap[CODES];

  CodePostings(ToIntFunction<EventFilter> wanted, ToIntFunction<Attributes> actual) {
    this.wanted = wanted;
    this.actual = actual;
  }

  @Override
  public void add(EventFilter filter, int slot) {
    int codes = wanted.applyAsInt(filter);
    for (int code = 0; code < CODES; code++) {
      if ((codes & 1 << code) != 0) {
        FaultInjectionPoint.Installed.reached();
        RoaringBitmap bitmap = slots[code];
        if (bitmap == null) {
          slots[code] = Postings.bitmapOf(slot);
        } else {
          bitmap.add(slot);
        }
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    for (int code = 0; code < CODES; code++) {
      RoaringBitmap bitmap = slots[code];
      if (bitmap != null) {
        bitmap.remove(slot);
        slots[code] = bitmap.isEmpty() ? null : bitmap;
      }
    }
  }

  @Override
  public boolean isExact(EventFilter filter) {
    return true;
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    int code = actual.applyAsInt(attributes);
    RoaringBitmap bitmap = code == Attributes.ABSENT ? null : slots[code];
    if (bitmap == null) {
      return false;
    }
    found.setBitmap(bitmap);
    return true;
  }

  @Override
  public long bytes() {
    long bytes = HeapSizes.object(12) + HeapSizes.references(CODES);
    for (RoaringBitmap bitmap : slots) {
      bytes += bitmap == null ? 0 : HeapSizes.bitmap(bitmap);
    }
    return bytes;
  }
}
