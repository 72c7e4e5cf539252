package luna.sender.filter;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Filters by the text values that they list.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class ValuePostings implements Postings {
  private final Function<EventFilter, Collection<String>> wanted;
  private final Function<Attributes, List<String>> actual;
  private final boolean all;
  private final Map<String, RoaringBitmap> slots = new HashMap<>();

  /**
   * @param all whether an event needs all of a filter's values and not just any. Such a filter is
   *     found by one of them, always the same, and has to be confirmed if it has more.
   */
  ValuePostings(
      Function<EventFilter, Collection<String>> wanted,
      Function<Attributes, List<String>> actual,
      boolean all) {
    this.wanted = wanted;
    this.actual = actual;
    this.all = all;
  }

  @Override
  public void add(EventFilter filter, int slot) {
    for (String value : keys(filter)) {
      slots.computeIfAbsent(value, v -> new RoaringBitmap()).add(slot);
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    for (String value : keys(filter)) {
      slots.computeIfPresent(
          value,
          (v, bitmap) -> {
            bitmap.remove(slot);
            return bitmap.isEmpty() ? null : bitmap;
          });
    }
  }

  @Override
  public boolean isExact(EventFilter filter) {
    return !all || wanted.apply(filter).size() == 1;
  }

  @Override
  public @Nullable RoaringBitmap of(Attributes attributes) {
    List<String> values = actual.apply(attributes);
    RoaringBitmap found = null;
    boolean shared = true;
    for (int i = 0; i < values.size(); i++) {
      RoaringBitmap next = slots.get(values.get(i));
      if (next == null) {
        continue;
      }
      if (found == null) {
        found = next;
      } else if (shared) {
        found = RoaringBitmap.or(found, next);
        shared = false;
      } else {
        found.or(next);
      }
    }
    return found;
  }

  private Collection<String> keys(EventFilter filter) {
    Collection<String> values = wanted.apply(filter);
    return all ? List.of(values.stream().min(String::compareTo).orElseThrow()) : values;
  }
}
