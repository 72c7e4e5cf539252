package luna.sender.bridge;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import luna.sender.bridge.MalformedPayload.Reason;
import org.jspecify.annotations.Nullable;

// Over 300 lines, for it is one thing: the grammar of JSON, from the value down to the byte.
/**
 * Walks over JSON bytes, checking all of them and decoding only what is asked for.
 *
 * <p>Shape: a cursor that stands before a value. {@link #skip} passes over the value; {@link
 * #string} and {@link #number} read it, if it is of that kind, and pass over it in any case; {@link
 * #enterObject} and {@link #enterArray} go into it, and {@link #nextKey} and {@link #nextElement}
 * lead from one value in there to the next and out at its end.
 *
 * <p>Errors: {@link MalformedPayload} for whatever RFC 8259 does not allow, also in what is passed
 * over; and for nesting beyond {@link #MAX_DEPTH}.
 *
 * <p>Owner: used once, by one thread.
 *
 * <p>Why not Jackson: it makes a token of each of the thousand numbers of an event's landmarks.
 * This looks at eight bytes at a time and makes nothing (PayloadParseBench). The tests hold it
 * against Jackson.
 *
 * <p>Source: RFC 8259; RFC 3629 section 4.
 */
final class JsonScanner {
  /** Braces and brackets within each other; the platform's events have about 10. */
  static final int MAX_DEPTH = 128;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final byte[] in;
  private int at;
  private int depth;

  /** The cursor is right behind the opening brace or bracket. */
  private boolean fresh;

  private int keyStart;
  private int keyEnd;
  private boolean keyEscaped;

  /** Whether the string that was passed last has an escape. */
  private boolean escaped;

  JsonScanner(byte[] in) {
    this.in = in;
  }

  /** Where the cursor is: the first byte of the value, or the first behind what was passed. */
  int position() {
    return at;
  }

  /** Goes to the first byte of a value and tells it; fails at the end. */
  byte peek() throws MalformedPayload {
    skipSpace();
    if (at == in.length) {
      throw malformed();
    }
    return in[at];
  }

  /** Fails unless there is nothing left but white space. */
  void expectEnd() throws MalformedPayload {
    skipSpace();
    if (at != in.length) {
      throw malformed();
    }
  }

  /** Goes into the value if it is an object, else passes over it and is false. */
  boolean enterObject() throws MalformedPayload {
    return enter('{');
  }

  /** Goes into the value if it is an array, else passes over it and is false. */
  boolean enterArray() throws MalformedPayload {
    return enter('[');
  }

  /** Goes to the value of the next key; at the end of the object goes out of it and is false. */
  boolean nextKey() throws MalformedPayload {
    if (!next('}')) {
      return false;
    }
    if (peek() != '"') {
      throw malformed();
    }
    keyStart = at + 1;
    skipString();
    keyEnd = at - 1;
    keyEscaped = escaped;
    if (peek() != ':') {
      throw malformed();
    }
    at++;
    return true;
  }

  /** Goes to the next element; at the end of the array goes out of it and is false. */
  boolean nextElement() throws MalformedPayload {
    return next(']');
  }

  /** Whether the key of the value at the cursor is this; {@code name} is ASCII. */
  boolean keyIs(byte[] name) {
    if (keyEscaped) {
      return Arrays.equals(unescaped(keyStart, keyEnd).getBytes(StandardCharsets.UTF_8), name);
    }
    // Most keys are told apart by their length or their last byte.
    return keyEnd - keyStart == name.length
        && in[keyEnd - 1] == name[name.length - 1]
        && Arrays.equals(in, keyStart, keyEnd, name, 0, name.length);
  }

  /** The text of the value, or null if it is no string. */
  @Nullable String string() throws MalformedPayload {
    if (peek() != '"') {
      skip();
      return null;
    }
    int start = at + 1;
    skipString();
    return escaped
        ? unescaped(start, at - 1)
        : new String(in, start, at - 1 - start, StandardCharsets.UTF_8);
  }

  /** The number that the value is, or {@code NaN} if it is none or more than a double can hold. */
  double number() throws MalformedPayload {
    byte first = peek();
    int start = at;
    skip();
    if (first != '-' && (first < '0' || first > '9')) {
      return Double.NaN;
    }
    if (at - start <= 9) {
      int whole = 0;
      int i = start;
      while (i < at && in[i] >= '0' && in[i] <= '9') {
        whole = whole * 10 + in[i++] - '0';
      }
      if (i == at) {
        return whole;
      }
    }
    String digits = new String(in, start, at - start, StandardCharsets.US_ASCII);
    double number = Double.parseDouble(digits);
    return Double.isInfinite(number) ? Double.NaN : number;
  }

  /** Passes over the value, whatever it is, and all that is in it. */
  void skip() throws MalformedPayload {
    switch (peek()) {
      case '"' -> skipString();
      case '{' -> skipObject();
      case '[' -> skipArray();
      case 't' -> skipLiteral("true");
      case 'f' -> skipLiteral("false");
      case 'n' -> skipLiteral("null");
      default -> skipNumber();
    }
  }

  private boolean enter(char opening) throws MalformedPayload {
    if (peek() != opening) {
      skip();
      return false;
    }
    deeper();
    fresh = true;
    return true;
  }

  private void deeper() throws MalformedPayload {
    if (++depth > MAX_DEPTH) {
      throw new MalformedPayload(Reason.TOO_DEEP);
    }
    at++;
  }

  private void skipObject() throws MalformedPayload {
    deeper();
    if (!ends('}')) {
      do {
        if (peek() != '"') {
          throw malformed();
        }
        skipString();
        if (peek() != ':') {
          throw malformed();
        }
        at++;
        skip();
      } while (goesOn('}'));
    }
  }

  private void skipArray() throws MalformedPayload {
    deeper();
    if (!ends(']')) {
      do {
        skip();
      } while (goesOn(']'));
    }
  }

  private boolean ends(char closing) throws MalformedPayload {
    if (peek() != closing) {
      return false;
    }
    at++;
    depth--;
    return true;
  }

  /** Behind a value: whether a comma follows, or the end. */
  private boolean goesOn(char closing) throws MalformedPayload {
    if (ends(closing)) {
      return false;
    }
    if (in[at] != ',') {
      throw malformed();
    }
    at++;
    return true;
  }

  private boolean next(char closing) throws MalformedPayload {
    boolean first = fresh;
    fresh = false;
    return first ? !ends(closing) : goesOn(closing);
  }

  private void skipSpace() {
    // A byte above 127 is a negative one, and no space.
    while (at < in.length && in[at] <= ' ' && isSpace(in[at])) {
      at++;
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private void skipLiteral(String literal) throws MalformedPayload {
    for (int i = 0; i < literal.length(); i++, at++) {
      if (at == in.length || in[at] != literal.charAt(i)) {
        throw malformed();
      }
    }
  }

  private void skipNumber() throws MalformedPayload {
    if (in[at] == '-') {
      at++;
    }
    boolean zero = at < in.length && in[at] == '0';
    int digits = skipDigits();
    if (digits == 0 || (zero && digits > 1)) {
      throw malformed();
    }
    if (at < in.length && (in[at] == ',' || in[at] == ']' || in[at] == '}')) {
      // Nearly all of an event's numbers are coordinates.
      return;
    }
    if (at < in.length && in[at] == '.') {
      at++;
      requireDigits();
    }
    if (at < in.length && (in[at] == 'e' || in[at] == 'E')) {
      at++;
      if (at < in.length && (in[at] == '+' || in[at] == '-')) {
        at++;
      }
      requireDigits();
    }
  }

  private void requireDigits() throws MalformedPayload {
    if (skipDigits() == 0) {
      throw malformed();
    }
  }

  private int skipDigits() {
    int start = at;
    while (at < in.length && in[at] >= '0' && in[at] <= '9') {
      at++;
    }
    return at - start;
  }

  /** From the opening quote to behind the closing one. */
  private void skipString() throws MalformedPayload {
    escaped = false;
    at++;
    while (true) {
      skipPlain();
      if (at == in.length) {
        throw malformed();
      }
      byte b = in[at];
      if (b == '"') {
        at++;
        return;
      }
      if (b == '\\') {
        escaped = true;
        skipEscape();
      } else if (b < 0) {
        skipUtf8();
      } else if (b < ' ') {
        throw malformed();
      } else {
        at++;
      }
    }
  }

  /**
   * Passes over bytes that stand for themselves, eight at a time: none of them is a quote, a
   * backslash, a control character or the beginning of more than one byte. Each term has the high
   * bit of a byte set where it is one of these, or maybe where the one before it is.
   */
  private void skipPlain() {
    while (at + Long.BYTES <= in.length) {
      long word = (long) LONGS.get(in, at);
      long quote = word ^ ONES * '"';
      long backslash = word ^ ONES * '\\';
      long special =
          (word - ONES * ' ') | (quote - ONES) & ~quote | (backslash - ONES) & ~backslash | word;
      int plain = Long.numberOfTrailingZeros(special & HIGHS) >>> 3;
      at += plain;
      if (plain < Long.BYTES) {
        return;
      }
    }
  }

  private void skipEscape() throws MalformedPayload {
    if (at + 1 >= in.length) {
      throw malformed();
    }
    switch (in[at + 1]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at += 2;
      case 'u' -> {
        if (at + 6 > in.length) {
          throw malformed();
        }
        for (int i = at + 2; i < at + 6; i++) {
          if (Character.digit(in[i], 16) < 0) {
            throw malformed();
          }
        }
        at += 6;
      }
      default -> throw malformed();
    }
  }

  /** One character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF. */
  private void skipUtf8() throws MalformedPayload {
    int lead = in[at] & 0xFF;
    int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + length > in.length) {
      throw new MalformedPayload(Reason.NOT_UTF8);
    }
    int second = in[at + 1] & 0xFF;
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < lowest || second > highest) {
      throw new MalformedPayload(Reason.NOT_UTF8);
    }
    for (int i = 2; i < length; i++) {
      if ((in[at + i] & 0xC0) != 0x80) {
        throw new MalformedPayload(Reason.NOT_UTF8);
      }
    }
    at += length;
  }

  /** The text of a string whose escapes have been checked. */
  private String unescaped(int start, int end) {
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

  private static MalformedPayload malformed() {
    return new MalformedPayload(Reason.NOT_JSON);
  }
}
