package luna.sender.filter;

import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The texts of one list of a filter, in a sorted array.
 *
 * <p>Why not {@link Set#copyOf}: its table takes twice the memory, and texts that were chosen for
 * equal hash codes make each lookup in it a scan of all of them.
 *
 * <p>Owner: immutable.
 */
final class TextSet extends AbstractSet<String> {
  private final String[] texts;
  private final int hash;

  private TextSet(String[] texts) {
    this.texts = texts;
    this.hash = super.hashCode();
  }

  static TextSet of(Collection<String> texts) {
    return new TextSet(texts.stream().sorted().distinct().toArray(String[]::new));
  }

  /**
   * This set with each text replaced by an equal one; this very set if each is replaced by itself.
   */
  TextSet share(UnaryOperator<String> equal) {
    String[] shared = texts.clone();
    boolean same = true;
    for (int i = 0; i < shared.length; i++) {
      shared[i] = equal.apply(texts[i]);
      same &= isSame(shared[i], texts[i]);
    }
    return same ? this : new TextSet(shared);
  }

  @SuppressWarnings("ReferenceEquality") // Which of two equal texts stays in memory is the point.
  private static boolean isSame(String one, String other) {
    return one == other;
  }

  /** The first text in the order of {@link String#compareTo}; there is one. */
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
    return other instanceof TextSet set
        ? hash == set.hash && Arrays.equals(texts, set.texts)
        : super.equals(other);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
