package luna.sender.filter;

import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The strings of one list of a filter, as a sorted array.
 *
 * <p>Why not {@link Set#copyOf}: its table takes twice the memory, and strings chosen to have equal
 * hash codes turn each lookup into a linear scan.
 */
final class SortedStrings extends AbstractSet<String> {
  private final String[] texts;
  private final int hash;

  private SortedStrings(String[] texts) {
    this.texts = texts;
    this.hash = super.hashCode();
  }

  static SortedStrings of(Collection<String> texts) {
    return new SortedStrings(texts.stream().sorted().distinct().toArray(String[]::new));
  }

  /**
   * Returns this set with each string replaced by an equal instance; returns this set itself if no
   * instance changes.
   */
  SortedStrings intern(UnaryOperator<String> interner) {
    String[] interned = texts.clone();
    boolean same = true;
    for (int i = 0; i < interned.length; i++) {
      interned[i] = interner.apply(texts[i]);
      same &= isSame(interned[i], texts[i]);
    }
    return same ? this : new SortedStrings(interned);
  }

  @SuppressWarnings("ReferenceEquality") // Identity decides which copy stays in memory.
  private static boolean isSame(String one, String other) {
    return one == other;
  }

  /**
   * Returns the first string in the order of {@link String#compareTo}. The set must not be empty.
   */
  String first() {
    return texts[0];
  }

  @Override
  public boolean contains(@Nullable Object text) {
    return text instanceof String && Arrays.binarySearch(texts, text) >= 0;
  }

  @Override
  public Iterator<String> iterator() {
    return Arrays.asList(texts).iterator();
  }

  @Override
  public int size() {
    return texts.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SortedStrings set
        ? hash == set.hash && Arrays.equals(texts, set.texts)
        : super.equals(other);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
