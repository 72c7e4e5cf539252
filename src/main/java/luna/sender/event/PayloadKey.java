package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key of an object in the payload that the parser reads.
 *
 * <p>How: keys are compared eight bytes at a time: first the head, where different keys nearly
 * always differ, then the tail and the middle. Three words are all of a key of up to 23 characters.
 */
class PayloadKey {
  final String text;

  /** The text with its closing quote; the words below are made of these bytes. */
  private final byte[] bytes;

  private final long head;
  private final long headMask;

  /** The word after the head, which may overlap it; 0 if the head is the whole key. */
  private final long middle;

  private final int middleAt;

  /** The last word, which may overlap the other two; 0 if the head is the whole key. */
  private final long tail;

  /**
   * @param text without characters that JSON escapes
   */
  PayloadKey(String text) {
    this.text = text;
    this.bytes = (text + '"').getBytes(StandardCharsets.UTF_8);
    int headBytes = Math.min(bytes.length, Long.BYTES);
    this.headMask = -1L >>> (Long.BYTES - headBytes) * Byte.SIZE;
    this.head =
        JsonText.word(Arrays.copyOf(bytes, Math.max(Long.BYTES, bytes.length)), 0) & headMask;
    int tailAt = bytes.length - Long.BYTES;
    this.middleAt = Math.min(Long.BYTES, Math.max(0, tailAt));
    this.middle = tailAt > 0 ? JsonText.word(bytes, middleAt) : 0;
    this.tail = tailAt > 0 ? JsonText.word(bytes, tailAt) : 0;
  }

  final long head() {
    return head;
  }

  /** Returns the length of the key with its closing quote. */
  final int quotedBytes() {
    return bytes.length;
  }

  /**
   * Returns whether the input has this key at {@code start}; {@code word} has the first eight bytes
   * from there.
   */
  final boolean matchesAt(int start, long word, byte[] in) {
    return (word & headMask) == head && (bytes.length <= Long.BYTES || restMatches(start, in));
  }

  private boolean restMatches(int start, byte[] in) {
    int end = start + bytes.length;
    return end <= in.length
        && JsonText.word(in, end - Long.BYTES) == tail
        && JsonText.word(in, start + middleAt) == middle
        && (bytes.length <= 3 * Long.BYTES
            || Arrays.equals(in, start, end, bytes, 0, bytes.length));
  }
}
