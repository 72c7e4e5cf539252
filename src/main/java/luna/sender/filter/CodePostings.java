package luna.sender.filter;

import java.util.Arrays;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Indexes filters by the small integer codes that they list, such as emotions.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class CodePostings implements Postings {
  private static final int FEW_CODES = 8;

  /** Where events have the codes. */
  private final int attribute;

  /** The slots of the filters that list each code; null for a code that no filter lists. */
  private @Nullable RoaringBitmap[] slots = new RoaringBitmap[FEW_CODES];

  /**
   * @param attribute the slot of the attribute in the events
   */
  CodePostings(int attribute) {
    this.attribute = attribute;
  }

  @Override
  public void add(Condition condition, int slot) {
    long codes = ((Condition.Codes) condition).codes();
    int length = Long.SIZE - Long.numberOfLeadingZeros(codes);
    if (length > slots.length) {
      slots = Arrays.copyOf(slots, length);
    }
    for (long rest = codes; rest != 0; rest &= rest - 1) {
      int code = Long.numberOfTrailingZeros(rest);
      FaultInjectionPoint.Installed.reached();
      RoaringBitmap bitmap = slots[code];
      if (bitmap == null) {
        slots[code] = Postings.bitmapOf(slot);
      } else {
        bitmap.add(slot);
      }
    }
  }

  @Override
  public void remove(Condition condition, int slot) {
    for (int code = 0; code < slots.length; code++) {
      RoaringBitmap bitmap = slots[code];
      if (bitmap != null) {
        bitmap.remove(slot);
        slots[code] = bitmap.isEmpty() ? null : bitmap;
      }
    }
  }

  @Override
  public boolean isExact(Condition condition) {
    return true;
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    long codes = attributes.codes(attribute);
    RoaringBitmap union = null;
    boolean own = false;
    for (long rest = codes; rest != 0; rest &= rest - 1) {
      int code = Long.numberOfTrailingZeros(rest);
      RoaringBitmap bitmap = code < slots.length ? slots[code] : null;
      if (bitmap != null) {
        if (union == null) {
          union = bitmap;
        } else if (own) {
          union.or(bitmap);
        } else {
          union = RoaringBitmap.or(union, bitmap);
          own = true;
        }
      }
    }
    if (union == null) {
      return false;
    }
    found.setBitmap(union);
    return true;
  }

  @Override
  public long bytes() {
    long bytes = HeapSizes.object(4 + HeapSizes.REFERENCE) + HeapSizes.references(slots.length);
    for (RoaringBitmap bitmap : slots) {
      bytes += bitmap == null ? 0 : HeapSizes.bitmap(bitmap);
    }
    return bytes;
  }
}
