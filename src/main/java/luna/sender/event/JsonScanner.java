package luna.sender.event;

import java.nio.charset.StandardCharsets;
import luna.sender.event.MalformedPayloadException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * A pull parser for JSON that validates every byte, and decodes only the values that its caller
 * reads.
 *
 * <p>How: the cursor is at a value; it starts at the first one, after an optional byte order mark.
 * {@link #skip} skips the value. {@link #string} and {@link #number} read it if it has that type,
 * and skip it otherwise. {@link #enterObject} and {@link #enterArray} move into it; {@link
 * #nextKey} and {@link #nextElement} then move to each value inside, and out at the end.
 *
 * <p>Errors: {@link MalformedPayloadException} if RFC 8259 does not allow the bytes, even in
 * skipped values, or if the nesting exceeds {@link #MAX_DEPTH}.
 *
 * <p>Owner: one thread; used for one payload.
 *
 * <p>Why not Jackson: it creates a token for each of the thousand numbers of an event's landmarks.
 * This scanner compares eight bytes at a time and allocates nothing (measured by
 * PayloadParseBench). Tests compare its results with those of Jackson.
 *
 * <p>Source: RFC 8259; RFC 3629 section 4.
 */
final class JsonScanner {
  /** The maximum nesting of objects and arrays. The platform's events use about 10. */
  static final int MAX_DEPTH = 128;

  /** Stands for the end of the input. JSON does not allow this byte anywhere. */
  static final byte END = 0;

  /** Powers that a double represents exactly, as it does numbers of up to 15 digits. */
  private static final double[] POWERS_OF_TEN = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14
  };

  private final byte[] in;
  private int at;
  private int depth;

  /** For each depth inside of a value that is skipped, whether it is an object; one bit each. */
  private final long[] objects = new long[MAX_DEPTH / Long.SIZE + 1];

  /** Whether the cursor is directly after an opening brace or bracket. */
  private boolean atStart;

  /**
   * Whether the last string needs decoding: it has escapes or non-ASCII characters, or ends in the
   * last bytes of the input.
   */
  private boolean needsDecoding;

  JsonScanner(byte[] in) {
    this.in = in;
    boolean marked =
        in.length > 2 && in[0] == (byte) 0xEF && in[1] == (byte) 0xBB && in[2] == (byte) 0xBF;
    this.at = marked ? 3 : 0;
  }

  /**
   * Returns the position of the cursor: the first byte of a value, or the byte after the last one.
   */
  int position() {
    return at;
  }

  /** Moves back to a position at which the cursor has been. */
  void moveTo(int position) {
    at = position;
  }

  /**
   * Moves to the first byte of the value and returns it, or {@link #END} at the end of the input.
   */
  byte peek() {
    at = space(at);
    return byteAt(at);
  }

  /** Throws unless only white space is left. */
  void expectEnd() throws MalformedPayloadException {
    if (space(at) != in.length) {
      throw malformed();
    }
  }

  /** Moves into the value if it is an object; else skips it and returns false. */
  boolean enterObject() throws MalformedPayloadException {
    return enter('{');
  }

  /** Moves into the value if it is an array; else skips it and returns false. */
  boolean enterArray() throws MalformedPayloadException {
    return enter('[');
  }

  /**
   * Moves to the value of the next key in {@code keys}, and skips all other keys. At the end of the
   * object, moves out of it and returns null.
   */
  <K extends PayloadKey> @Nullable K nextKey(PayloadKeys<K> keys) throws MalformedPayloadException {
    boolean first = atStart;
    atStart = false;
    int i = space(at);
    if (byteAt(i) == '}') {
      return leaveObject(i);
    }
    i = first ? i : comma(i);
    K key = find(keys, i);
    return key != null ? enterValue(key, i) : skipToKey(keys, i);
  }

  /**
   * The rest of {@link #nextKey}, from a key that {@link #find} did not find.
   *
   * <p>Why a method of its own: only the small other one is inlined into the loop of EventReader
   * (PayloadParseBench).
   */
  private <K extends PayloadKey> @Nullable K skipToKey(PayloadKeys<K> keys, int from)
      throws MalformedPayloadException {
    int i = from;
    K key;
    do {
      int start = i + 1;
      needsDecoding = false;
      i = string(i);
      key = needsDecoding ? keys.find(JsonText.decode(in, start, i - 1)) : null;
      i = space(colon(i));
      if (key != null) {
        at = i;
        return key;
      }
      i = space(value(i));
      if (byteAt(i) == '}') {
        return leaveObject(i);
      }
      i = comma(i);
      key = find(keys, i);
    } while (key == null);
    return enterValue(key, i);
  }

  /** Returns the key at index {@code i}, if it is one of these and written without escapes. */
  private <K extends PayloadKey> @Nullable K find(PayloadKeys<K> keys, int i)
      throws MalformedPayloadException {
    if (byteAt(i) != '"') {
      throw malformed();
    }
    return keys.find(in, i + 1);
  }

  /** Moves to the value of the key at index {@code i}, whose end needs no scan. */
  private <K extends PayloadKey> K enterValue(K key, int i) throws MalformedPayloadException {
    at = space(colon(i + 1 + key.quotedBytes()));
    return key;
  }

  private <K extends PayloadKey> @Nullable K leaveObject(int end) {
    depth--;
    at = end + 1;
    return null;
  }

  /** Moves to the next element. At the end of the array, moves out of it and returns false. */
  boolean nextElement() throws MalformedPayloadException {
    boolean first = atStart;
    atStart = false;
    int i = space(at);
    if (byteAt(i) == ']') {
      depth--;
      at = i + 1;
      return false;
    }
    at = first ? i : comma(i);
    return true;
  }

  /** Reads a string. Returns null if the value has another type. */
  @SuppressWarnings("deprecation") // Only the constructor without a charset is inlined.
  @Nullable String string() throws MalformedPayloadException {
    if (peek() != '"') {
      skip();
      return null;
    }
    int start = at + 1;
    needsDecoding = false;
    at = string(at);
    return needsDecoding
        ? JsonText.decode(in, start, at - 1)
        : new String(in, 0, start, at - 1 - start);
  }

  /**
   * Reads a string that names an outcome, and returns the mask of the outcome; 0 if it is none of
   * them. The cursor must stand at a string.
   */
  long code(CodeNames codes) throws MalformedPayloadException {
    int start = at + 1;
    needsDecoding = false;
    at = string(at);
    if (needsDecoding) {
      return codes.mask(JsonText.decode(in, start, at - 1));
    }
    return codes.mask(in, start, at - 1);
  }

  /**
   * Reads a number. Returns {@code NaN} if the value has another type or exceeds the range of a
   * double.
   */
  double number() throws MalformedPayloadException {
    byte first = peek();
    if (first != '-' && (first < '0' || first > '9')) {
      skip();
      return Double.NaN;
    }
    int start = at;
    at = digits(start);
    if (at - start <= POWERS_OF_TEN.length) {
      long digits = 0;
      int point = -1;
      int i = start;
      for (; i < at; i++) {
        if (in[i] >= '0' && in[i] <= '9') {
          digits = digits * 10 + in[i] - '0';
        } else if (in[i] == '.') {
          point = i;
        } else {
          break;
        }
      }
      if (i == at) {
        // Both operands are exact, so the quotient is the nearest double, as from parseDouble.
        return digits / POWERS_OF_TEN[point < 0 ? 0 : at - 1 - point];
      }
    }
    String digits = new String(in, start, at - start, StandardCharsets.US_ASCII);
    double number = Double.parseDouble(digits);
    return Double.isInfinite(number) ? Double.NaN : number;
  }

  /** Skips the value and everything in it. */
  void skip() throws MalformedPayloadException {
    at = value(space(at));
  }

  private boolean enter(char opening) throws MalformedPayloadException {
    if (peek() != opening) {
      skip();
      return false;
    }
    descend();
    at++;
    atStart = true;
    return true;
  }

  private void descend() throws MalformedPayloadException {
    if (depth == MAX_DEPTH) {
      throw new MalformedPayloadException(Reason.TOO_DEEP);
    }
    depth++;
  }

  // Each of the following methods validates one syntax element that begins at an index, and returns
  // the index after it.

  /**
   * Skips a value.
   *
   * <p>Why a loop: a recursion is inlined differently from run to run, and can then take twice as
   * long (PayloadParseBench).
   */
  private int value(int from) throws MalformedPayloadException {
    int outside = depth;
    int i = from;
    while (true) {
      byte first = byteAt(i);
      if (first == '{' || first == '[') {
        boolean object = first == '{';
        descend();
        setObject(object);
        i = space(i + 1);
        if (byteAt(i) != (object ? '}' : ']')) {
          i = object ? key(i) : i;
          continue;
        }
        depth--;
        i++;
      } else if (isNumberStart(first) && depth > outside && !isObject(depth)) {
        i = numbers(i, depth - 1 > outside && !isObject(depth - 1));
      } else {
        i = scalar(i, first);
      }
      i = afterValue(i, outside);
      if (depth == outside) {
        return i;
      }
    }
  }

  /**
   * Leaves all objects and arrays that end here, down to the given depth. Returns the index of the
   * next value, or of what follows the outermost value.
   */
  private int afterValue(int from, int outside) throws MalformedPayloadException {
    int i = from;
    while (depth > outside) {
      i = space(i);
      byte b = byteAt(i);
      boolean object = isObject(depth);
      if (b == ',') {
        i = space(i + 1);
        return object ? key(i) : i;
      }
      if (b != (object ? '}' : ']')) {
        throw malformed();
      }
      depth--;
      i++;
    }
    return i;
  }

  /**
   * Skips numbers of an array that have only commas between them, and further such arrays after it:
   * nearly all values of an event are coordinates, as in {@code [[92,93],[94,95]]}.
   *
   * @param inArray whether the array is itself an element of an array
   */
  private int numbers(int from, boolean inArray) throws MalformedPayloadException {
    int i = number(from);
    while (true) {
      byte b = byteAt(i);
      if (b == ',' && isNumberStart(byteAt(i + 1))) {
        i = number(i + 1);
      } else if (inArray && b == ']' && isNextArray(i + 1)) {
        // Out of one array and into another: neither the depth nor the kind changes.
        i = number(i + 3);
      } else {
        return i;
      }
    }
  }

  /**
   * Skips a number.
   *
   * <p>Why not {@link #digits} alone: only a small method for integers is inlined
   * (PayloadParseBench).
   */
  private int number(int from) throws MalformedPayloadException {
    byte[] bytes = in;
    int i = from;
    while (i < bytes.length && bytes[i] >= '0' && bytes[i] <= '9') {
      i++;
    }
    return i > from && bytes[from] != '0' && i < bytes.length && endsInteger(bytes[i])
        ? i
        : digits(from);
  }

  private static boolean endsInteger(byte b) {
    return b == ',' || b == ']';
  }

  private boolean isNextArray(int i) {
    return byteAt(i) == ',' && byteAt(i + 1) == '[' && isNumberStart(byteAt(i + 2));
  }

  private static boolean isNumberStart(byte b) {
    return (b >= '0' && b <= '9') || b == '-';
  }

  private int scalar(int i, byte first) throws MalformedPayloadException {
    return switch (first) {
      case '"' -> string(i);
      case 't' -> literal(i, "true");
      case 'f' -> literal(i, "false");
      case 'n' -> literal(i, "null");
      default -> digits(i);
    };
  }

  /** Remembers whether the container that was just entered is an object. */
  private void setObject(boolean object) {
    long bit = 1L << depth;
    int word = depth >> 6;
    if (object) {
      objects[word] |= bit;
    } else {
      objects[word] &= ~bit;
    }
  }

  private boolean isObject(int depth) {
    return (objects[depth >> 6] & 1L << depth) != 0;
  }

  /** Skips a key and its colon; returns the index of the value. */
  private int key(int i) throws MalformedPayloadException {
    if (byteAt(i) != '"') {
      throw malformed();
    }
    return space(colon(string(i)));
  }

  private int comma(int i) throws MalformedPayloadException {
    if (byteAt(i) != ',') {
      throw malformed();
    }
    return space(i + 1);
  }

  private int colon(int from) throws MalformedPayloadException {
    int i = space(from);
    if (byteAt(i) != ':') {
      throw malformed();
    }
    return i + 1;
  }

  private byte byteAt(int i) {
    return i < in.length ? in[i] : END;
  }

  private int space(int from) {
    int i = from;
    // A byte above 127 is negative, and is no space.
    while (i < in.length && in[i] <= ' ' && isSpace(in[i])) {
      i++;
    }
    return i;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private int literal(int from, String literal) throws MalformedPayloadException {
    for (int i = 0; i < literal.length(); i++) {
      if (byteAt(from + i) != literal.charAt(i)) {
        throw malformed();
      }
    }
    return from + literal.length();
  }

  private int digits(int from) throws MalformedPayloadException {
    int start = byteAt(from) == '-' ? from + 1 : from;
    int i = start;
    while (i < in.length && in[i] >= '0' && in[i] <= '9') {
      i++;
    }
    if (i == start || (byteAt(start) == '0' && i > start + 1)) {
      throw malformed();
    }
    byte b = byteAt(i);
    if (b == ',' || b == ']' || b == '}') {
      // The usual case: nearly all numbers of an event are coordinates without a fraction.
      return i;
    }
    if (b == '.') {
      i = requireDigits(i + 1);
      b = byteAt(i);
    }
    if (b == 'e' || b == 'E') {
      i++;
      if (byteAt(i) == '+' || byteAt(i) == '-') {
        i++;
      }
      i = requireDigits(i);
    }
    return i;
  }

  private int requireDigits(int from) throws MalformedPayloadException {
    int i = JsonText.skipDigits(in, from);
    if (i == from) {
      throw malformed();
    }
    return i;
  }

  /** Skips a string, including its quotes. */
  private int string(int from) throws MalformedPayloadException {
    int i = JsonText.skipPlain(in, from + 1);
    return byteAt(i) == '"' ? i + 1 : restOfString(i);
  }

  /** Skips the rest of a string, from the byte at which {@link JsonText#skipPlain} stopped. */
  private int restOfString(int from) throws MalformedPayloadException {
    needsDecoding = true;
    int i = from;
    while (byteAt(i) != '"') {
      if (i == in.length) {
        throw malformed();
      }
      byte b = in[i];
      if (b == '\\') {
        i = JsonText.skipEscape(in, i);
      } else if (b < 0) {
        i = JsonText.skipUtf8(in, i);
      } else if (b < ' ') {
        throw malformed();
      } else {
        i++;
      }
      i = JsonText.skipPlain(in, i);
    }
    return i + 1;
  }

  private static MalformedPayloadException malformed() {
    return new MalformedPayloadException(Reason.NOT_JSON);
  }
}
