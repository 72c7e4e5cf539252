package luna.sender.filter;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from strings to {@code int}.
 *
 * <p>How: open addressing with linear probing; between an eighth and two thirds of the cells are
 * used. A {@code HashMap} takes 60 bytes more per string.
 *
 * <p>Why two hash functions: {@link String#hashCode} is computed once per string and costs nothing
 * here, but an attacker can choose strings with equal hash codes. When a probe is longer than
 * chance explains, the table switches to a hash function with a secret key.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class StringIntMap {
  /** The result of {@link #get} for a string that is not in the table. */
  static final int ABSENT = Integer.MIN_VALUE;

  private static final int MIN_CAPACITY = 4;
  private static final int PROBE_LIMIT = 128;
  private static final int SPREAD = 0x9E3779B9;
  private static final long FACTOR = 0x9E3779B97F4A7C15L;
  private static final long SECRET_KEY = new SecureRandom().nextLong();

  private @Nullable String[] texts = new String[MIN_CAPACITY];
  private int[] values = new int[MIN_CAPACITY];
  private int size;
  private boolean keyed;

  /** Returns the value of a string, or {@link #ABSENT}. */
  int get(String text) {
    int cell = cell(text);
    return texts[cell] == null ? ABSENT : values[cell];
  }

  /** Returns the stored string that equals the given one, or null. */
  @Nullable String stored(String text) {
    return texts[cell(text)];
  }

  /** Sets the value of a string. If this throws, the table is unchanged. */
  void put(String text, int value) {
    FaultInjectionPoint.Installed.reached();
    int cell = cell(text);
    if (texts[cell] == null) {
      if (resizeFor(text, cell)) {
        cell = cell(text);
      }
      texts[cell] = text;
      size++;
    }
    values[cell] = value;
  }

  /** Returns whether the table was resized to insert a string at this cell. */
  private boolean resizeFor(String text, int cell) {
    if (!keyed && distance(hash(text) & mask(), cell) > PROBE_LIMIT) {
      resize(texts.length, true);
      return true;
    }
    if (size + 1 > texts.length / 3 * 2) {
      resize(texts.length * 2, keyed);
      return true;
    }
    return false;
  }

  void remove(String text) {
    FaultInjectionPoint.Installed.reached();
    int cell = cell(text);
    if (texts[cell] == null) {
      return;
    }
    closeHole(cell);
    size--;
    if (texts.length > MIN_CAPACITY && size < texts.length / 8) {
      try {
        resize(texts.length / 2, keyed);
      } catch (OutOfMemoryError error) {
        // The table keeps its size.
        return;
      }
    }
  }

  /** Moves strings back over an emptied cell, so no probe ends before it reaches its string. */
  private void closeHole(int empty) {
    int hole = empty;
    int cell = (hole + 1) & mask();
    for (String text = texts[cell]; text != null; text = texts[cell]) {
      if (distance(hash(text) & mask(), cell) >= distance(hole, cell)) {
        texts[hole] = text;
        values[hole] = values[cell];
        hole = cell;
      }
      cell = (cell + 1) & mask();
    }
    texts[hole] = null;
  }

  private void resize(int capacity, boolean keyed) {
    @Nullable String[] newTexts = new String[capacity];
    FaultInjectionPoint.Installed.reached();
    int[] newValues = new int[capacity];
    for (int i = 0; i < texts.length; i++) {
      String text = texts[i];
      if (text != null) {
        int cell = cell(newTexts, text, keyed);
        newTexts[cell] = text;
        newValues[cell] = values[i];
      }
    }
    texts = newTexts;
    values = newValues;
    this.keyed = keyed;
  }

  private int cell(String text) {
    return cell(texts, text, keyed);
  }

  /** Returns the cell of the string, or the empty cell where it belongs. */
  private static int cell(@Nullable String[] texts, String text, boolean keyed) {
    int mask = texts.length - 1;
    int cell = hash(text, keyed) & mask;
    for (String other = texts[cell]; other != null; other = texts[cell]) {
      // Both hash codes are cached and separate most strings without comparing characters.
      if (other.hashCode() == text.hashCode() && other.equals(text)) {
        break;
      }
      cell = (cell + 1) & mask;
    }
    return cell;
  }

  private int distance(int from, int to) {
    return (to - from) & mask();
  }

  private int mask() {
    return texts.length - 1;
  }

  private int hash(String text) {
    return hash(text, keyed);
  }

  private static int hash(String text, boolean keyed) {
    if (!keyed) {
      int spread = text.hashCode() * SPREAD;
      return spread ^ spread >>> 16;
    }
    long hash = SECRET_KEY;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FACTOR;
    }
    return (int) (hash >>> 32);
  }

  int size() {
    return size;
  }

  /** Returns the memory of the table, without the strings. */
  long bytes() {
    return HeapSizes.object(24)
        + HeapSizes.references(texts.length)
        + HeapSizes.array(4L * values.length);
  }
}
