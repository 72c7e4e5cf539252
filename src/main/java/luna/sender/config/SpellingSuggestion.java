package luna.sender.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Suggests the correct spelling of a name by edit distance. */
public final class SpellingSuggestion {
  private SpellingSuggestion() {}

  /** Returns the closest name if it is close enough, or null. */
  public static @Nullable String of(String name, List<String> names) {
    String upper = name.toUpperCase(Locale.ROOT);
    String nearest =
        names.stream()
            .min(Comparator.comparingInt(known -> distance(upper, known.toUpperCase(Locale.ROOT))))
            .orElse("");
    int distance = distance(upper, nearest.toUpperCase(Locale.ROOT));
    return distance <= Math.max(2, name.length() / 5) ? nearest : null;
  }

  /** Returns {@code key (did you mean X?)}, or all names if none is close. */
  static String hint(String name, List<String> names) {
    String nearest = of(name, names);
    return nearest == null
        ? "key (expected: " + String.join(", ", names) + ")"
        : "key (did you mean " + nearest + "?)";
  }

  /** Returns the Levenshtein distance. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }
}
