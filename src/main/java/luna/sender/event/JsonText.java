package luna.sender.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import luna.sender.event.MalformedPayloadException.Reason;

/**
 * Validates and decodes the contents of a JSON string.
 *
 * <p>How: each {@code skip…} method begins at an index and returns the index after the skipped
 * bytes.
 *
 * <p>Errors: {@link MalformedPayloadException} for bytes that are not UTF-8, and for invalid
 * escapes.
 *
 * <p>Source: RFC 8259 section 7; RFC 3629 section 4.
 */
final class JsonText {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private JsonText() {}

  /** Returns eight bytes from {@code start} as a number, the first byte lowest. */
  static long word(byte[] bytes, int start) {
    return (long) LONGS.get(bytes, start);
  }

  /**
   * Skips plain characters, eight bytes at a time. A plain character is ASCII, and neither a quote
   * nor a backslash nor a control character. Returns the index of the first byte that is not plain,
   * or stops when fewer than eight bytes of the input are left.
   *
   * <p>Example: for {@code {"label":"Zürich"}} and the index of {@code Z}, returns the index of the
   * first byte of {@code ü}.
   *
   * <p>Each term of {@code special} sets the high bit of a byte that is not plain: the byte is
   * above 127, below a space, a quote, or a backslash. A borrow may also set the bit of a byte
   * after it, but never of one before, so the lowest set bit is exact.
   */
  static int skipPlain(byte[] in, int from) {
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

  /**
   * Skips decimal digits, eight bytes at a time.
   *
   * <p>How: the exclusive or with {@code '0'} makes digits 0 to 9. Adding 0x76 sets the high bit of
   * all other bytes below 128. A carry changes only bytes after the first that is no digit.
   */
  static int skipDigits(byte[] in, int from) {
    int i = from;
    while (i + Long.BYTES <= in.length) {
      long value = word(in, i) ^ ONES * '0';
      long other = (value + ONES * 0x76 | value) & HIGHS;
      if (other != 0) {
        return i + (Long.numberOfTrailingZeros(other) >>> 3);
      }
      i += Long.BYTES;
    }
    while (i < in.length && in[i] >= '0' && in[i] <= '9') {
      i++;
    }
    return i;
  }

  /** Skips an escape sequence, which begins with a backslash. */
  static int skipEscape(byte[] in, int i) throws MalformedPayloadException {
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

  /**
   * Skips one character of two to four bytes. Rejects overlong forms, surrogates and characters
   * above U+10FFFF.
   */
  static int skipUtf8(byte[] in, int at) throws MalformedPayloadException {
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

  /** Returns the text of a string, whose escapes must be valid. */
  static String decode(byte[] in, int start, int end) {
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
