package luna.sender.cli.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * Creates and finds the ids of a run's events. The id identifies a delivery, whatever the server
 * changes in the JSON around it.
 *
 * <p>Shape: a UUID {@code rrrrrrrr-aaaa-4rrr-8rrr-ssssssssssss}: {@code r} the run, {@code a} the
 * account's number, {@code s} the event's sequence number within the account, from 0; all in
 * lower-case hexadecimal. Ids are found by their middle part, which is constant within a run.
 *
 * <p>Source: R. N. Horspool, Practical fast searching in strings, 1980.
 */
final class EventIds {
  /** The text contains no id of this run. */
  static final long NONE = -1;

  /** The text contains an id of this run, but of another account. */
  static final long OTHER_ACCOUNT = -2;

  static final int ID_BYTES = 36;
  static final int MAX_ACCOUNTS = 1 << 16;

  private static final int ACCOUNT = 9;
  private static final int MIDDLE = 13;
  private static final int SEQUENCE = 24;
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final byte[] head;
  private final byte[] middle;

  /** How far to advance for each byte value at the position of the last byte of the middle. */
  private final int[] skips = new int[256];

  EventIds(Random random) {
    String run = "%016x".formatted(random.nextLong());
    head = ascii(run.substring(0, 8) + "-");
    middle = ascii("-4" + run.substring(8, 11) + "-8" + run.substring(11, 14) + "-");
    Arrays.fill(skips, middle.length);
    for (int i = 0; i + 1 < middle.length; i++) {
      skips[middle[i]] = middle.length - 1 - i;
    }
  }

  /** Writes an id of {@link #ID_BYTES} bytes at a position. */
  void write(byte[] target, int at, int account, long sequence) {
    System.arraycopy(head, 0, target, at, head.length);
    hex(target, at + ACCOUNT, 4, account);
    System.arraycopy(middle, 0, target, at + MIDDLE, middle.length);
    hex(target, at + SEQUENCE, 12, sequence);
  }

  /**
   * Returns the sequence number of the first id in a text, or {@link #NONE}, or {@link
   * #OTHER_ACCOUNT}.
   */
  long find(byte[] text, int from, int to, int account) {
    int last = middle.length - 1;
    int end = to - (ID_BYTES - MIDDLE);
    int at = from + MIDDLE;
    while (at <= end) {
      byte under = text[at + last];
      if (under == middle[last] && isId(text, at - MIDDLE)) {
        long sequence = parse(text, at - MIDDLE + SEQUENCE, 12);
        if (sequence >= 0) {
          boolean own = parse(text, at - MIDDLE + ACCOUNT, 4) == account;
          return own ? sequence : OTHER_ACCOUNT;
        }
      }
      at += skips[under & 0xFF];
    }
    return NONE;
  }

  private boolean isId(byte[] text, int at) {
    return Arrays.equals(text, at + MIDDLE, at + MIDDLE + middle.length, middle, 0, middle.length)
        && Arrays.equals(text, at, at + head.length, head, 0, head.length);
  }

  private static void hex(byte[] target, int at, int digits, long value) {
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      target[i] = DIGITS[(int) (rest & 0xF)];
      rest >>>= 4;
    }
  }

  /** Parses a number, or returns a negative one if it is malformed. */
  private static long parse(byte[] text, int at, int digits) {
    long value = 0;
    for (int i = at; i < at + digits; i++) {
      int digit = Character.digit(text[i], 16);
      if (digit < 0) {
        return NONE;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
