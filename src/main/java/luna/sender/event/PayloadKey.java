package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key of an object in the payload that the parser reads.
 *
 * <p>How: keys are compared by their first eight bytes at once, where different keys nearly always
 * differ.
 */
class PayloadKey {
  final String text;

  /** The text with its closing quote; {@code head} and {@code headMask} are made of these bytes. */
  private final byte[] bytes;

  private final long head;
  private final long headMask;

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
    return (word & headMask) == head
        && (bytes.length <= Long.BYTES
            || (start + bytes.length <= in.length
                && Arrays.equals(in, start, start + bytes.length, bytes, 0, bytes.length)));
  }
}
