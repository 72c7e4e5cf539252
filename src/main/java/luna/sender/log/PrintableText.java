package luna.sender.log;

import org.jspecify.annotations.Nullable;

/**
 * Escapes text for a log, so that it cannot start a new line, control a terminal or reorder the
 * displayed characters.
 *
 * <p>Shape: CR, LF and TAB become {@code \r}, {@code \n} and {@code \t}; every other character of
 * Unicode's categories control, format, line separator, paragraph separator and unpaired surrogate
 * becomes {@code \}{@code uXXXX}. All other characters are unchanged.
 */
public final class PrintableText {
  private PrintableText() {}

  public static String of(@Nullable String text) {
    if (text == null) {
      return "null";
    }
    int start = 0;
    while (start < text.length() && text.charAt(start) >= ' ' && text.charAt(start) < 0x7f) {
      start++;
    }
    return start == text.length() ? text : escape(text, start);
  }

  private static String escape(String text, int start) {
    StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, start);
    for (int i = start; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '\r' -> out.append("\\r");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          if (isHarmful(c)) {
            for (char unit : Character.toChars(c)) {
              out.append(String.format("\\u%04x", (int) unit));
            }
          } else {
            out.appendCodePoint(c);
          }
        }
      }
    }
    return out.toString();
  }

  private static boolean isHarmful(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
