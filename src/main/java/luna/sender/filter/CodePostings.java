package luna.sender.filter;

import java.util.function.ToIntFunction;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Filters by the small codes that they list, such as emotions.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class CodePostings implements Postings {
  private static final int CODES = 8;

  private final ToIntFunction<EventFilter> wanted;
  private final ToIntFunction<Attributes> actual;
  private final RoaringBitmap[] slots = new RoaringBitmap[CODES];

  CodePostings(ToIntFunction<EventFilter> wanted, ToIntFunction<Attributes> actual) {
    this.wanted = wanted;
    this.actual = actual;
    for (int code = 0; code < CODES; code++) {
      slots[code] = new RoaringBitmap();
    }
  }

  @Override
  public void add(EventFilter filter, int slot) {
    int codes = wanted.applyAsInt(filter);
    for (int code = 0; code < CODES; code++) {
      if ((codes & 1 << code) != 0) {
        slots[code].add(slot);
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    for (RoaringBitmap bitmap : slots) {
      bitmap.remove(slot);
    }
  }

  @Override
  public boolean isExact(EventFilter filter) {
    return true;
  }

  @Override
  public @Nullable RoaringBitmap of(Attributes attributes) {
    int code = actual.applyAsInt(attributes);
    return code == Attributes.ABSENT || slots[code].isEmpty() ? null : slots[code];
  }
}
