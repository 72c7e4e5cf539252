package luna.sender.event;

/**
 * Validates the text form of a UUID, without a regular expression.
 *
 * <p>Shape: 8-4-4-4-12 hexadecimal digits.
 *
 * <p>Source: RFC 9562 section 4.
 */
public final class Uuid {
  /** The pattern of a UUID in the contract. */
  public static final String PATTERN =
      "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

  /** The length of every UUID in characters. */
  public static final int LENGTH = 36;

  private Uuid() {}

  /** Returns whether the text is a UUID, in upper or lower case. */
  public static boolean is(String text) {
    return text.length() == LENGTH && isAt(text, 0, true);
  }

  /** Returns whether the text from {@code from} to its end is a UUID in lower case. */
  static boolean endsInLowerCase(String text, int from) {
    return text.length() - from == LENGTH && isAt(text, from, false);
  }

  private static boolean isAt(String text, int from, boolean upperCase) {
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(from + i);
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? c != '-' : !isHex(c, upperCase)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHex(char c, boolean upperCase) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (upperCase && c >= 'A' && c <= 'F');
  }
}
