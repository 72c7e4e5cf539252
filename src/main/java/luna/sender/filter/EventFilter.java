package luna.sender.filter;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import luna.sender.event.Attributes;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * One client's filter, compiled from its validated query by {@link FilterContract#filter}.
 *
 * <p>How: conditions combine by AND. The values of one list combine by OR, unless the contract says
 * that all must be present. Strings compare exactly and case-sensitively; UUIDs compare
 * case-insensitively. {@code __gte} is inclusive, {@code __lt} exclusive. An event without the
 * attribute does not pass a condition on it.
 *
 * <p>Invariant: two filters with the same values are equal, whatever their order in the query.
 *
 * <p>See: {@link Clause} explains the result of each parameter, for {@code api.ExplainHandler}.
 *
 * <p>See: {@link #matches} is not used for delivery; there, {@link FilterIndex#match} goes to
 * {@link FilterGroup#match} and {@link Postings#find}.
 */
public final class EventFilter {
  /** Memory of an index entry, and of its own {@link FilterGroup} in the worst case. */
  private static final int ENTRY_BYTES = 2048;

  /** Memory of the bitmaps that two bounds add to {@link RangePostings}. */
  private static final int RANGE_BYTES = 1024;

  /** Memory that one string of a list adds to the tables of the index. */
  private static final int CELL_BYTES = 64;

  /** A filter that passes every event. */
  public static final EventFilter ALL = new EventFilter(new Condition[0]);

  /** Ordered as {@link FilterContract} orders its attributes. */
  private final Condition[] conditions;

  private EventFilter(Condition[] conditions) {
    this.conditions = conditions;
  }

  /**
   * @param conditions ordered as the attributes of the contract, at most one for each
   */
  static EventFilter of(List<Condition> conditions) {
    return conditions.isEmpty() ? ALL : new EventFilter(conditions.toArray(Condition[]::new));
  }

  /** Returns whether the event passes this filter. The cost grows with the number of conditions. */
  public boolean matches(Event event) {
    Attributes attributes = event.attributes();
    for (Condition condition : conditions) {
      if (!condition.passes(attributes)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Rechecks the conditions for which {@link FilterIndex} can return false candidates: bounds, and
   * several texts that must all be present.
   */
  boolean confirms(Attributes attributes) {
    for (Condition condition : conditions) {
      // Not one call for both: calls with one target are inlined.
      if (condition instanceof Condition.Range range) {
        if (!range.passes(attributes)) {
          return false;
        }
      } else if (condition instanceof Condition.Texts texts
          && texts.attribute().all()
          && !texts.passes(attributes)) {
        return false;
      }
    }
    return true;
  }

  int size() {
    return conditions.length;
  }

  /** Returns the condition at a position in the order of their attributes. */
  Condition condition(int position) {
    return conditions[position];
  }

  /** Returns the positions of the attributes that this filter has conditions on, one bit each. */
  long attributeMask() {
    long mask = 0;
    for (Condition condition : conditions) {
      mask |= 1L << condition.attribute().position();
    }
    return mask;
  }

  /** Returns the number of strings in the client's lists. */
  public int textCount() {
    int count = 0;
    for (Condition condition : conditions) {
      count += condition instanceof Condition.Texts texts ? texts.texts().size() : 0;
    }
    return count;
  }

  void forEachText(Consumer<String> each) {
    for (Condition condition : conditions) {
      if (condition instanceof Condition.Texts texts) {
        texts.texts().forEach(each);
      }
    }
  }

  /** Returns this filter with each string replaced by an equal instance. */
  EventFilter intern(UnaryOperator<String> interner) {
    Condition[] interned = conditions.clone();
    for (int i = 0; i < interned.length; i++) {
      if (interned[i] instanceof Condition.Texts texts) {
        interned[i] = new Condition.Texts(texts.attribute(), texts.texts().intern(interner));
      }
    }
    return new EventFilter(interned);
  }

  /**
   * Estimates the memory that an index needs for this filter if it shares nothing with other
   * filters. The estimate errs on the high side.
   */
  public long estimatedBytes() {
    long bytes = ENTRY_BYTES + bytes();
    for (Condition condition : conditions) {
      bytes += condition instanceof Condition.Range ? RANGE_BYTES : 0;
      if (condition instanceof Condition.Texts list) {
        for (String text : list.texts()) {
          bytes += HeapSizes.text(text) + CELL_BYTES;
        }
      }
    }
    return bytes;
  }

  /** Returns the memory of this object, without its strings. */
  long bytes() {
    long bytes = HeapSizes.object(HeapSizes.REFERENCE) + HeapSizes.references(conditions.length);
    for (Condition condition : conditions) {
      bytes += condition.bytes();
    }
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EventFilter filter && Arrays.equals(conditions, filter.conditions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(conditions);
  }

  @Override
  public String toString() {
    return Arrays.toString(conditions);
  }
}
