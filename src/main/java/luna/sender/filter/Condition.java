package luna.sender.filter;

import java.util.HashSet;
import java.util.List;
import luna.sender.event.Attributes;

/**
 * What a filter demands of one attribute.
 *
 * <p>Owner: immutable.
 */
sealed interface Condition {
  FilterAttribute attribute();

  /** Returns whether an event with these attributes fulfils the condition. */
  boolean passes(Attributes attributes);

  /** Returns the memory of this object, without its strings. */
  long bytes();

  /** Texts, of which the event must have one, or all. */
  record Texts(FilterAttribute attribute, SortedStrings texts) implements Condition {
    /** Up to this many texts are searched linearly; more are searched with a hash set. */
    private static final int LINEAR_LIMIT = 8;

    @Override
    public boolean passes(Attributes attributes) {
      return attribute.all() ? passesAll(attributes) : passesAny(attributes);
    }

    private boolean passesAny(Attributes attributes) {
      int slot = attribute.event().slot();
      int count = attributes.textCount(slot);
      for (int i = 0; i < count; i++) {
        if (texts.contains(attributes.text(slot, i))) {
          return true;
        }
      }
      return false;
    }

    private boolean passesAll(Attributes attributes) {
      List<String> values = attributes.texts(attribute.event().slot());
      // Searching 1,000 tags linearly in a list of 200,000 would take a second.
      return texts.size() > LINEAR_LIMIT
          ? new HashSet<>(values).containsAll(texts)
          : values.containsAll(texts);
    }

    @Override
    public long bytes() {
      return HeapSizes.object(2L * HeapSizes.REFERENCE)
          + HeapSizes.object(8)
          + HeapSizes.references(texts.size());
    }
  }

  /**
   * Codes, of which the event must have one.
   *
   * @param codes a mask as from {@link luna.sender.event.CodeNames}, not 0
   */
  record Codes(FilterAttribute attribute, long codes) implements Condition {
    @Override
    public boolean passes(Attributes attributes) {
      return (codes & attributes.codes(attribute.event().slot())) != 0;
    }

    @Override
    public long bytes() {
      return HeapSizes.object(HeapSizes.REFERENCE + 8);
    }
  }

  /**
   * A half-open range. An event without the number has {@code NaN}, which is in no range.
   *
   * @param gte inclusive, {@code -Infinity} if not given
   * @param lt exclusive, {@code +Infinity} if not given
   */
  record Range(FilterAttribute attribute, double gte, double lt) implements Condition {
    @Override
    public boolean passes(Attributes attributes) {
      double value = attributes.number(attribute.event().slot());
      return value >= gte && value < lt;
    }

    @Override
    public long bytes() {
      return HeapSizes.object(HeapSizes.REFERENCE + 16);
    }
  }
}
