package luna.sender.filter;

import java.util.Collection;
import java.util.stream.Collectors;

/** Formats values for the sentences of an explanation. */
final class ExplanationText {
  /** The number of list values that are printed; the rest is only counted. */
  private static final int PRINTED_LIMIT = 8;

  private static final int TEXT_LIMIT = 100;

  private ExplanationText() {}

  /** Returns the value as a JSON number, as an integer if it has no fraction. */
  static Number number(double value) {
    return value == (int) value ? (Number) (int) value : (Number) value;
  }

  static String quoted(String text) {
    return '"' + shortened(text) + '"';
  }

  /** Returns the start of a long text. */
  static String shortened(String text) {
    if (text.length() <= TEXT_LIMIT) {
      return text;
    }
    boolean splitsPair = Character.isHighSurrogate(text.charAt(TEXT_LIMIT - 1));
    return text.substring(0, splitsPair ? TEXT_LIMIT - 1 : TEXT_LIMIT) + "…";
  }

  static String list(Collection<String> texts) {
    String printed =
        texts.stream()
            .sorted()
            .limit(PRINTED_LIMIT)
            .map(ExplanationText::quoted)
            .collect(Collectors.joining(", "));
    return texts.size() > PRINTED_LIMIT
        ? printed + " and " + (texts.size() - PRINTED_LIMIT) + " more"
        : printed;
  }

  /**
   * Points out the most common mistake: a value that differs only in case or surrounding spaces.
   */
  static String hint(Collection<String> texts, String value) {
    for (String text : texts) {
      if (text.equalsIgnoreCase(value)) {
        return " (upper and lower case differ)";
      }
      if (text.strip().equalsIgnoreCase(value.strip())) {
        return " (a space at the beginning or the end differs)";
      }
    }
    return "";
  }
}
