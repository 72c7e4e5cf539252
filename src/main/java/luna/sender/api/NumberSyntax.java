package luna.sender.api;

/**
 * Validates the syntax of numbers in parameters.
 *
 * <p>Shape: an integer has up to 18 digits. Any other number has up to 40 digits on each side of
 * the decimal point, and up to 3 in the exponent. Both may begin with a minus. Longer text is not a
 * number, so that no conversion is expensive.
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

  /** Returns whether the rest of the text is an exponent or empty. */
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

  /**
   * Returns the index after the digits that begin at {@code from}, after at most {@code most}
   * digits.
   */
  private static int digits(String text, int from, int most) {
    int i = from;
    while (i < text.length() && i - from < most && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i;
  }
}
