package luna.sender.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import luna.sender.event.MalformedPayloadException.Reason;

/**
 * What stands between the quotes of a JSON string.
 *
 * <p>Shape: each method that passes over something begins at a byte of the array and returns where
 * it has ended.
 *
 * <p>Errors: {@link MalformedPayloadException} for what is not UTF-8 or no escape.
 *
 * <p>Source: RFC 8259 section 7; RFC 3629 section 4.
 */
final class JsonText {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private JsonText() {}

  /** Eight bytes from {@code start}. */
  static long word(byte[] bytes, int start) {
    return (long) LONGS.get(bytes, start);
  }

  /**
   * Passes over bytes that stand for themselves, eight at a time: none of them is a quote, a
   * backslash, a control character or the beginning of more than one byte. Each term has the high
   * bit of a byte set where it is one of these, or maybe where the one before it is.
   */
  static int plain(byte[] in, int from) {
    int i = from;
    while (i + Long.BYTES <= in.length) {
      long word = word(in, i);
      long special =
          ((word | (word - ONES * ' '))
                  | (((word ^ ONES * '"') - ONES) | ((word ^ ONES * '\\') - ONES)))
              & HIGHS;
      if (special != 0) {
        return i + (Long.numberOfTrailingZeros(special) >>> 3);
      }
      i += Long.BYTES;
    }
    return i;
  }

  /** A backslash and what belongs to it. */
  static int escape(byte[] in, int i) throws MalformedPayloadException {
    switch (i + 1 < in.length ? in[i + 1] : 0) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return i + 2;
      }
      case 'u' -> {
        for (int digit = i + 2; digit < i + 6; digit++) {
          if (digit >= in.length || Character.digit(in[digit], 16) < 0) {
            throw new MalformedPayloadException(Reason.NOT_JSON);
          }
        }
        return i + 6;
      }
      default -> throw new MalformedPayloadException(Reason.NOT_JSON);
    }
  }

  /** One character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF. */
  static int utf8(byte[] in, int at) throws MalformedPayloadException {
    int lead = in[at] & 0xFF;
    int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + length > in.length) {
      throw new MalformedPayloadException(Reason.NOT_UTF8);
    }
    int second = in[at + 1] & 0xFF;
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < lowest || second > highest) {
      throw new MalformedPayloadException(Reason.NOT_UTF8);
    }
    for (int i = 2; i < length; i++) {
      if ((in[at + i] & 0xC0) != 0x80) {
        throw new MalformedPayloadException(Reason.NOT_UTF8);
      }
    }
    return at + length;
  }

  /** The text of a string whose escapes have been checked. */
  static String decoded(byte[] in, int start, int end) {
    StringBuilder text = new StringBuilder(end - start);
    int from = start;
    for (int i = start; i < end; i++) {
      if (in[i] == '\\') {
        text.append(new String(in, from, i - from, StandardCharsets.UTF_8));
        i++;
        switch (in[i]) {
          case 'b' -> text.append('\b');
          case 'f' -> text.append('\f');
          case 'n' -> text.append('\n');
          case 'r' -> text.append('\r');
          case 't' -> text.append('\t');
          case 'u' -> {
            String hex = new String(in, i + 1, 4, StandardCharsets.US_ASCII);
            text.append((char) Integer.parseInt(hex, 16));
            i += 4;
          }
          default -> text.append((char) in[i]);
        }
        from = i + 1;
      }
    }
    return text.append(new String(in, from, end - from, StandardCharsets.UTF_8)).toString();
  }
}
