package luna.sender.filter;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import luna.sender.filter.FilterParameter.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Finds conditions of a valid filter that no event can fulfil, or hardly any: bounds that exclude
 * every expected number, and texts with a blank at an end.
 *
 * <p>Shape: at most one text for each parameter, in the order of the contract: {@code name: value
 * (expected: …)}.
 *
 * <p>Units: time is linear in the number of values.
 */
public final class FilterWarnings {
  private FilterWarnings() {}

  public static List<String> of(EventFilter filter) {
    Map<FilterParameter, String> warnings =
        new TreeMap<>(Comparator.comparingInt(FilterParameter::position));
    for (int i = 0; i < filter.size(); i++) {
      Condition condition = filter.condition(i);
      if (condition instanceof Condition.Range range && isEmpty(range)) {
        FilterParameter upper = bound(range, Kind.LT);
        warnings.put(upper, tooLow(range, upper));
      } else if (condition instanceof Condition.Texts texts) {
        String odd = withBlank(texts);
        if (odd != null) {
          FilterParameter parameter = texts.attribute().parameters().get(0);
          warnings.put(parameter, blank(parameter, odd));
        }
      }
    }
    return List.copyOf(warnings.values());
  }

  private static boolean isEmpty(Condition.Range range) {
    return range.lt() <= range.gte() || range.lt() <= range.attribute().minimum();
  }

  private static FilterParameter bound(Condition.Range range, Kind kind) {
    return range.attribute().parameters().stream()
        .filter(parameter -> parameter.kind() == kind)
        .findFirst()
        .orElseThrow();
  }

  private static String tooLow(Condition.Range range, FilterParameter upper) {
    String above =
        range.lt() <= range.gte()
            ? bound(range, Kind.GTE).name() + "=" + ExplanationText.number(range.gte())
            : ExplanationText.number(range.attribute().minimum()).toString();
    return upper.name()
        + ": "
        + ExplanationText.number(range.lt())
        + " (expected: more than "
        + above
        + ")";
  }

  private static String blank(FilterParameter parameter, String text) {
    return parameter.name()
        + ": '"
        + ExplanationText.shortened(text)
        + "' (expected: no blank at its start or end)";
  }

  private static @Nullable String withBlank(Condition.Texts texts) {
    for (String text : texts.texts()) {
      if (!text.isEmpty() && (isBlank(text.charAt(0)) || isBlank(text.charAt(text.length() - 1)))) {
        return text;
      }
    }
    return null;
  }

  /** Returns whether it is a white space, also one that does not break a line. */
  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }
}
