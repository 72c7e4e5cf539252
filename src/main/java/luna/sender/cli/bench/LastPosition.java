package luna.sender.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/**
 * The position after the last message of a client: where it continues after a lost connection.
 *
 * <p>Shape: copied without creating objects, because each message has one.
 *
 * <p>Owner: confined to its client's event loop.
 */
final class LastPosition {
  private static final byte[] KEY = "\"position\":\"".getBytes(US_ASCII);
  private static final int MAX_BYTES = 128;

  private byte[] bytes = new byte[0];
  private int length;

  /** Reads the position from a message, where it is the last value. Ignores other messages. */
  void read(byte[] message, int from, int to) {
    int end = to - 1;
    while (end > from && message[end] == '}') {
      end--;
    }
    if (end <= from || message[end] != '"') {
      return;
    }
    int start = end;
    int lowest = Math.max(from + KEY.length, end - MAX_BYTES);
    while (start > lowest && message[start - 1] != '"') {
      start--;
    }
    int key = start - KEY.length;
    if (key >= from && Arrays.equals(message, key, start, KEY, 0, KEY.length)) {
      set(message, start, end);
    }
  }

  /** Sets the position to a part of these bytes. */
  void set(byte[] source, int from, int to) {
    if (to - from > bytes.length) {
      bytes = new byte[to - from];
    }
    length = to - from;
    System.arraycopy(source, from, bytes, 0, length);
  }

  /** Returns the position, or an empty text. */
  String text() {
    return new String(bytes, 0, length, US_ASCII);
  }

  boolean isKnown() {
    return length > 0;
  }
}
