package luna.sender.filter;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Texts, and an {@code int} for each.
 *
 * <p>Shape: open addressing with linear probing; at most two thirds of the cells are in use, and at
 * least an eighth. A {@code HashMap} takes 60 bytes more for each text.
 *
 * <p>Why two hash functions: that of {@link String} is computed once per text and costs nothing
 * here, but anyone can choose texts of equal hash codes. A probe that is longer than chance makes
 * it is answered by a function with a secret key.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class TextTable {
  /** What {@link #get} returns for a text that is not in the table. */
  static final int ABSENT = Integer.MIN_VALUE;

  private static final int SMALLEST = 4;
  private static final int LONGEST_PROBE = 128;
  private static final int SPREAD = 0x9E3779B9;
  private static final long FACTOR = 0x9E3779B97F4A7C15L;
  private static final long KEY = new SecureRandom().nextLong();

  private @Nullable String[] texts = new String[SMALLEST];
  private int[] values = new int[SMALLEST];
  private int size;
  private boolean keyed;

  /** The value of a text, or {@link #ABSENT}. */
  int get(String text) {
    int cell = cell(text);
    return texts[cell] == null ? ABSENT : values[cell];
  }

  /** The text in this table that equals the given one, or null. */
  @Nullable String equal(String text) {
    return texts[cell(text)];
  }

  /** Sets the value of a text; a fault changes nothing. */
  void put(String text, int value) {
    int cell = cell(text);
    if (texts[cell] == null) {
      if (makeRoom(text, cell)) {
        cell = cell(text);
      }
      texts[cell] = text;
      size++;
    }
    values[cell] = value;
  }

  /** Whether the table was made anew for a text that would be in this cell. */
  private boolean makeRoom(String text, int cell) {
    if (!keyed && distance(hash(text) & mask(), cell) > LONGEST_PROBE) {
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
    int cell = cell(text);
    if (texts[cell] == null) {
      return;
    }
    close(cell);
    size--;
    if (texts.length > SMALLEST && size < texts.length / 8) {
      try {
        resize(texts.length / 2, keyed);
      } catch (OutOfMemoryError error) {
        // Then it stays as large as it is.
        return;
      }
    }
  }

  /** Moves texts back over an empty cell, so that no probe ends before its text. */
  private void close(int empty) {
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

  /** The cell of the text, or the empty one in which it would be. */
  private static int cell(@Nullable String[] texts, String text, boolean keyed) {
    int mask = texts.length - 1;
    int cell = hash(text, keyed) & mask;
    for (String other = texts[cell]; other != null; other = texts[cell]) {
      // Both have been computed, and tell most texts apart without a look at their characters.
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
    long hash = KEY;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FACTOR;
    }
    return (int) (hash >>> 32);
  }

  int size() {
    return size;
  }

  /** Memory of the table, without the texts. */
  long bytes() {
    return HeapSizes.object(24)
        + HeapSizes.references(texts.length)
        + HeapSizes.array(4L * values.length);
  }
}
