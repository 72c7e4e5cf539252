package luna.sender.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A hash table of the keys that the parser reads from one kind of object.
 *
 * <p>How: the hash covers the first bytes of a key, at most four, which every key of the table has.
 * The table is sparse, so nearly all other keys hit an empty slot.
 *
 * @param <K> the key type
 */
final class PayloadKeys<K extends PayloadKey> {
  /** A multiplier that mixes all bits of a word into its highest bits. */
  private static final int SPREAD = 0x9E3779B1;

  private static final int LEAST_SLOTS = 64;

  private final @Nullable PayloadKey[] table;
  private final int hashMask;
  private final int shift;

  PayloadKeys(List<K> keys) {
    int slots = Math.max(LEAST_SLOTS, Integer.highestOneBit(keys.size()) * 8);
    int hashedBytes = Integer.BYTES;
    for (PayloadKey key : keys) {
      hashedBytes = Math.min(hashedBytes, key.quotedBytes());
    }
    table = new @Nullable PayloadKey[slots];
    hashMask = -1 >>> (Integer.BYTES - hashedBytes) * Byte.SIZE;
    shift = Integer.numberOfLeadingZeros(slots - 1);
    for (PayloadKey key : keys) {
      int slot = slot(key.head());
      while (table[slot] != null) {
        slot = next(slot);
      }
      table[slot] = key;
    }
  }

  @SafeVarargs
  static <K extends PayloadKey> PayloadKeys<K> of(K... keys) {
    return new PayloadKeys<>(List.of(keys));
  }

  /** Returns the key at {@code start}, if it is written without escapes, else null. */
  @Nullable K find(byte[] in, int start) {
    long word = start + Long.BYTES <= in.length ? JsonText.word(in, start) : lastWord(in, start);
    int slot = slot(word);
    PayloadKey key = table[slot];
    while (key != null && !key.matchesAt(start, word, in)) {
      slot = next(slot);
      key = table[slot];
    }
    return cast(key);
  }

  @Nullable K find(String text) {
    for (PayloadKey key : table) {
      if (key != null && key.text.equals(text)) {
        return cast(key);
      }
    }
    return null;
  }

  @SuppressWarnings("unchecked") // The table has only keys of this type.
  private static <K extends PayloadKey> @Nullable K cast(@Nullable PayloadKey key) {
    return (K) key;
  }

  /** Returns the last bytes of the input, fewer than eight, as {@link JsonText#word} does. */
  private static long lastWord(byte[] in, int start) {
    long word = 0;
    for (int i = in.length - 1; i >= start; i--) {
      word = word << Byte.SIZE | in[i] & 0xFF;
    }
    return word;
  }

  private int slot(long word) {
    return ((int) word & hashMask) * SPREAD >>> shift;
  }

  private int next(int slot) {
    return slot + 1 & table.length - 1;
  }
}
