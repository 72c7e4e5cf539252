package luna.sender.event;

import org.jspecify.annotations.Nullable;

/**
 * A hash table of the keys that the parser reads from one kind of object.
 *
 * <p>How: the hash is made of the first four bytes, since the shortest key with its closing quote
 * has four. The table is sparse, so nearly all other keys hit an empty slot.
 */
final class PayloadKeys {
  private static final int SLOTS = 64;

  /** A multiplier that mixes all bits of a word into its highest bits. */
  private static final int SPREAD = 0x9E3779B1;

  private final @Nullable PayloadKey[] table = new @Nullable PayloadKey[SLOTS];

  PayloadKeys(PayloadKey... keys) {
    for (PayloadKey key : keys) {
      int slot = slot(key.head());
      while (table[slot] != null) {
        slot = next(slot);
      }
      table[slot] = key;
    }
  }

  /** Returns the key at {@code start}, if it is written without escapes, else null. */
  @Nullable PayloadKey find(byte[] in, int start) {
    if (start + Long.BYTES > in.length) {
      // The shortest key, its value and the closing braces need more bytes than are left.
      return null;
    }
    long word = JsonText.word(in, start);
    int slot = slot(word);
    PayloadKey key = table[slot];
    while (key != null && !key.matchesAt(start, word, in)) {
      slot = next(slot);
      key = table[slot];
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

  private static int slot(long word) {
    return (int) word * SPREAD >>> Integer.numberOfLeadingZeros(SLOTS - 1);
  }

  private static int next(int slot) {
    return slot + 1 & SLOTS - 1;
  }
}
