package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How values stand in an explanation.
 *
 * <p>Owner: immutable.
 */
final class ExplanationText {
  /** So many of a list are named; the others are counted. */
  private static final int NAMED = 8;

  private static final int TEXT_LIMIT = 100;

  private ExplanationText() {}

  /** A number without a fraction as an integer; null for {@code NaN}. */
  static @Nullable Number number(double value) {
    if (Double.isNaN(value)) {
      return null;
    }
    return value == (int) value ? (Number) (int) value : (Number) value;
  }

  static @Nullable JsonArray array(@Nullable Set<String> texts) {
    return texts == null ? null : new JsonArray(List.copyOf(new TreeSet<>(texts)));
  }

  static String none(String noun) {
    return "the event has no " + noun;
  }

  static String quoted(String text) {
    if (text.length() <= TEXT_LIMIT) {
      return '"' + text + '"';
    }
    boolean halved = Character.isHighSurrogate(text.charAt(TEXT_LIMIT - 1));
    return '"' + text.substring(0, halved ? TEXT_LIMIT - 1 : TEXT_LIMIT) + "…\"";
  }

  static String list(Collection<String> texts) {
    String named =
        texts.stream()
            .sorted()
            .limit(NAMED)
            .map(ExplanationText::quoted)
            .collect(Collectors.joining(", "));
    return texts.size() > NAMED ? named + " and " + (texts.size() - NAMED) + " more" : named;
  }

  /** Names the mistake that is made most: a text that is there but for its case or its spaces. */
  static String near(Collection<String> texts, String value) {
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
