package luna.sender.event;

import java.nio.charset.StandardCharsets;
import luna.sender.event.MalformedPayloadException.Reason;
import org.jspecify.annotations.Nullable;

// Over 300 lines, for it is one thing: the grammar of JSON, from the value down to the byte.
/**
 * Walks over JSON bytes, checking all of them and decoding only what is asked for.
 *
 * <p>Shape: a cursor that stands before a value, behind a byte order mark if there is one. {@link
 * #skip} passes over the value; {@link #string} and {@link #number} read it, if it is of that kind,
 * and pass over it in any case; {@link #enterObject} and {@link #enterArray} go into it, and {@link
 * #nextKey} and {@link #nextElement} lead from one value in there to the next and out at its end.
 *
 * <p>Errors: {@link MalformedPayloadException} for whatever RFC 8259 does not allow, also in what
 * is passed over; and for nesting beyond {@link #MAX_DEPTH}.
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

  /** Stands for what is behind the last byte; in JSON it is nowhere allowed. */
  static final byte END = 0;

  /** For numbers of so many digits, which a double holds as it does these. */
  private static final double[] POWERS_OF_TEN = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14
  };

  private final byte[] in;
  private int at;
  private int depth;

  /** The cursor is right behind the opening brace or bracket. */
  private boolean fresh;

  /** Whether the string that was passed last has an escape or is not ASCII. */
  private boolean odd;

  JsonScanner(byte[] in) {
    this.in = in;
    boolean marked =
        in.length > 2 && in[0] == (byte) 0xEF && in[1] == (byte) 0xBB && in[2] == (byte) 0xBF;
    this.at = marked ? 3 : 0;
  }

  /** Where the cursor is: the first byte of the value, or the first behind what was passed. */
  int position() {
    return at;
  }

  /** Goes to the first byte of a value and tells it; it is {@link #END} at the end. */
  byte peek() {
    at = space(at);
    return look(at);
  }

  /** Fails unless there is nothing left but white space. */
  void expectEnd() throws MalformedPayloadException {
    if (space(at) != in.length) {
      throw malformed();
    }
  }

  /** Goes into the value if it is an object, else passes over it and is false. */
  boolean enterObject() throws MalformedPayloadException {
    return enter('{');
  }

  /** Goes into the value if it is an array, else passes over it and is false. */
  boolean enterArray() throws MalformedPayloadException {
    return enter('[');
  }

  /**
   * Goes to the value of the next key that is one of these, past those of all others; at the end of
   * the object goes out of it and is null.
   */
  @Nullable PayloadKey nextKey(PayloadKeys keys) throws MalformedPayloadException {
    boolean first = fresh;
    fresh = false;
    int i = space(at);
    while (look(i) != '}') {
      if (!first) {
        i = comma(i);
      }
      first = false;
      if (look(i) != '"') {
        throw malformed();
      }
      int start = i + 1;
      // A key that is known by its bytes need not be looked through for its end.
      PayloadKey key = keys.find(in, start);
      if (key != null) {
        i = start + key.quotedBytes();
      } else {
        odd = false;
        i = string(i);
        if (odd) {
          key = keys.find(JsonText.decoded(in, start, i - 1));
        }
      }
      i = space(colon(i));
      if (key != null) {
        at = i;
        return key;
      }
      i = space(value(i));
    }
    depth--;
    at = i + 1;
    return null;
  }

  /** Goes to the next element; at the end of the array goes out of it and is false. */
  boolean nextElement() throws MalformedPayloadException {
    boolean first = fresh;
    fresh = false;
    int i = space(at);
    if (look(i) == ']') {
      depth--;
      at = i + 1;
      return false;
    }
    at = first ? i : comma(i);
    return true;
  }

  /** The text of the value, or null if it is no string. */
  @Nullable String string() throws MalformedPayloadException {
    if (peek() != '"') {
      skip();
      return null;
    }
    int start = at + 1;
    odd = false;
    at = string(at);
    return odd
        ? JsonText.decoded(in, start, at - 1)
        : new String(in, start, at - 1 - start, StandardCharsets.ISO_8859_1);
  }

  /** What the string before which the cursor stands is the name of, which is passed over. */
  int code(Estimation estimation) throws MalformedPayloadException {
    int start = at + 1;
    odd = false;
    at = string(at);
    if (odd) {
      return estimation.code(JsonText.decoded(in, start, at - 1));
    }
    return estimation.code(in, start, at - 1);
  }

  /** The number that the value is, or {@code NaN} if it is none or more than a double can hold. */
  double number() throws MalformedPayloadException {
    byte first = peek();
    int start = at;
    skip();
    if (first != '-' && (first < '0' || first > '9')) {
      return Double.NaN;
    }
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
        // Both are exact, so the quotient is the nearest double: what parseDouble would tell.
        return digits / POWERS_OF_TEN[point < 0 ? 0 : at - 1 - point];
      }
    }
    String digits = new String(in, start, at - start, StandardCharsets.US_ASCII);
    double number = Double.parseDouble(digits);
    return Double.isInfinite(number) ? Double.NaN : number;
  }

  /** Passes over the value, whatever it is, and all that is in it. */
  void skip() throws MalformedPayloadException {
    at = value(space(at));
  }

  private boolean enter(char opening) throws MalformedPayloadException {
    if (peek() != opening) {
      skip();
      return false;
    }
    deeper();
    at++;
    fresh = true;
    return true;
  }

  private void deeper() throws MalformedPayloadException {
    if (depth == MAX_DEPTH) {
      throw new MalformedPayloadException(Reason.TOO_DEEP);
    }
    depth++;
  }

  // What follows passes over what begins at i, and returns where it has ended.

  private int value(int i) throws MalformedPayloadException {
    return switch (look(i)) {
      case '"' -> string(i);
      case '{' -> object(i);
      case '[' -> array(i);
      case 't' -> literal(i, "true");
      case 'f' -> literal(i, "false");
      case 'n' -> literal(i, "null");
      default -> digits(i);
    };
  }

  private int object(int from) throws MalformedPayloadException {
    deeper();
    int i = space(from + 1);
    if (look(i) != '}') {
      i = space(value(key(i)));
      while (look(i) != '}') {
        i = space(value(key(comma(i))));
      }
    }
    depth--;
    return i + 1;
  }

  private int array(int from) throws MalformedPayloadException {
    deeper();
    int i = space(from + 1);
    if (look(i) != ']') {
      i = space(value(i));
      while (look(i) != ']') {
        i = space(value(comma(i)));
      }
    }
    depth--;
    return i + 1;
  }

  /** From the quote before the key to its value. */
  private int key(int i) throws MalformedPayloadException {
    if (look(i) != '"') {
      throw malformed();
    }
    return space(colon(string(i)));
  }

  private int comma(int i) throws MalformedPayloadException {
    if (look(i) != ',') {
      throw malformed();
    }
    return space(i + 1);
  }

  private int colon(int from) throws MalformedPayloadException {
    int i = space(from);
    if (look(i) != ':') {
      throw malformed();
    }
    return i + 1;
  }

  private byte look(int i) {
    return i < in.length ? in[i] : END;
  }

  private int space(int from) {
    int i = from;
    // A byte above 127 is a negative one, and no space.
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
      if (look(from + i) != literal.charAt(i)) {
        throw malformed();
      }
    }
    return from + literal.length();
  }

  private int digits(int from) throws MalformedPayloadException {
    int start = look(from) == '-' ? from + 1 : from;
    int i = skipDigits(start);
    if (i == start || (look(start) == '0' && i > start + 1)) {
      throw malformed();
    }
    byte b = look(i);
    if (b == ',' || b == ']' || b == '}') {
      // Nearly all of an event's numbers are coordinates.
      return i;
    }
    if (b == '.') {
      i = requireDigits(i + 1);
      b = look(i);
    }
    if (b == 'e' || b == 'E') {
      i++;
      if (look(i) == '+' || look(i) == '-') {
        i++;
      }
      i = requireDigits(i);
    }
    return i;
  }

  private int requireDigits(int from) throws MalformedPayloadException {
    int i = skipDigits(from);
    if (i == from) {
      throw malformed();
    }
    return i;
  }

  private int skipDigits(int from) {
    int i = from;
    while (i < in.length && in[i] >= '0' && in[i] <= '9') {
      i++;
    }
    return i;
  }

  /** From the opening quote to behind the closing one. */
  private int string(int from) throws MalformedPayloadException {
    int i = JsonText.plain(in, from + 1);
    return look(i) == '"' ? i + 1 : oddString(i);
  }

  /** Of a string the part behind the plain beginning. */
  private int oddString(int from) throws MalformedPayloadException {
    odd = true;
    int i = from;
    while (look(i) != '"') {
      if (i == in.length) {
        throw malformed();
      }
      byte b = in[i];
      if (b == '\\') {
        i = JsonText.escape(in, i);
      } else if (b < 0) {
        i = JsonText.utf8(in, i);
      } else if (b < ' ') {
        throw malformed();
      } else {
        i++;
      }
      i = JsonText.plain(in, i);
    }
    return i + 1;
  }

  private static MalformedPayloadException malformed() {
    return new MalformedPayloadException(Reason.NOT_JSON);
  }
}
