package luna.sender.api;

/**
 * The numbers that a parameter may be written as.
 *
 * <p>Shape: an integer has up to 18 digits; another number up to 40 on each side of its point, and
 * up to 3 in its exponent. Both may begin with a minus. What is longer is no number, so that none
 * is expensive to convert.
 *
 * <p>Owner: immutable.
 */
final class NumberSyntax {
  private static final int INTEGER_DIGITS = 18;
  private static final int NUMBER_DIGITS = 40;
  private static final int EXPONENT_DIGITS = 3;

  private NumberSyntax() {}

  static boolean isInteger(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int end = digits(text, start, INTEGER_DIGITS);
    return end > start && end == text.length();
  }

  static boolean isNumber(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int end = digits(text, start, NUMBER_DIGITS);
    boolean whole = end > start;
    if (end < text.length() && text.charAt(end) == '.') {
      int point = end;
      end = digits(text, point + 1, NUMBER_DIGITS);
      whole |= end > point + 1;
    }
    return whole && isExponent(text, end);
  }

  /** Whether what begins there is an exponent, or nothing. */
  private static boolean isExponent(String text, int from) {
    if (from == text.length()) {
      return true;
    }
    if (text.charAt(from) != 'e' && text.charAt(from) != 'E') {
      return false;
    }
    boolean signed =
        from + 1 < text.length() && (text.charAt(from + 1) == '+' || text.charAt(from + 1) == '-');
    int start = from + (signed ? 2 : 1);
    int end = digits(text, start, EXPONENT_DIGITS);
    return end > start && end == text.length();
  }

  /** Behind the digits that begin there, at most so many. */
  private static int digits(String text, int from, int most) {
    int i = from;
    while (i < text.length() && i - from < most && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i;
  }
}
