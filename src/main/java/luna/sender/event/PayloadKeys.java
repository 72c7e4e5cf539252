package luna.sender.event;

import org.jspecify.annotations.Nullable;

/**
 * Those keys that are read of one kind of object.
 *
 * <p>Shape: a hash table by the first four bytes; the shortest key and its closing quote have as
 * many. With room to spare, so that nearly all other keys meet an empty place.
 *
 * <p>Owner: immutable.
 */
final class PayloadKeys {
  private static final int PLACES = 64;

  /** Spreads the bits of a word over its highest ones. */
  private static final int SPREAD = 0x9E3779B1;

  private final @Nullable PayloadKey[] table = new @Nullable PayloadKey[PLACES];

  PayloadKeys(PayloadKey... keys) {
    for (PayloadKey key : keys) {
      int place = place(key.head());
      while (table[place] != null) {
        place = next(place);
      }
      table[place] = key;
    }
  }

  /** The key that stands at {@code start} without escapes. */
  @Nullable PayloadKey find(byte[] in, int start) {
    if (start + Long.BYTES > in.length) {
      // The shortest, its value and the ends of the objects that it is in are longer.
      return null;
    }
    long word = JsonText.word(in, start);
    int place = place(word);
    PayloadKey key = table[place];
    while (key != null && !key.standsAt(start, word, in)) {
      place = next(place);
      key = table[place];
    }
    return key;
  }

  @Nullable PayloadKey find(String text) {
    for (PayloadKey key : table) {
      if (key != null && key.text.equals(text)) {
        return key;
      }
    }
    return null;
  }

  private static int place(long word) {
    return (int) word * SPREAD >>> Integer.numberOfLeadingZeros(PLACES - 1);
  }

  private static int next(int place) {
    return place + 1 & PLACES - 1;
  }
}
