package luna.sender.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import luna.sender.config.SpellingSuggestion;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query that the contract does not have. They don't fail a handshake, unless
 * the client wants that, but the 101 lists them, so that a misspelt filter is noticed.
 *
 * @param names in the order of the query
 * @param known the parameters of the contract
 */
record UnknownParameters(List<String> names, List<String> known) {
  private static final int LISTED_LIMIT = 2048;

  /** The characters of unknown names that are compared: a query can have 5,000 of them. */
  private static final int COMPARED_LIMIT = 512;

  /** Any shorter name is close to some name of the contract. */
  private static final int COMPARED_LENGTH = 3;

  static UnknownParameters of(QueryString query, Set<String> known) {
    List<String> names = new ArrayList<>();
    for (String name : query.names()) {
      if (!known.contains(name)) {
        names.add(name);
      }
    }
    // In a fixed order, because several names may be equally close.
    return new UnknownParameters(
        names, names.isEmpty() ? List.of() : known.stream().sorted().toList());
  }

  /** Returns the names as a header field lists them. */
  String listed() {
    StringBuilder listed = new StringBuilder();
    for (String name : names) {
      if (listed.length() + name.length() >= LISTED_LIMIT) {
        // Don't encode names that won't fit.
        continue;
      }
      // Encoded, so that a name can neither break the header nor look like two names.
      String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
      if (listed.length() + encoded.length() < LISTED_LIMIT) {
        listed.append(listed.isEmpty() ? "" : ",").append(encoded);
      }
    }
    return listed.toString();
  }

  /** Returns a warning for each name that is probably misspelt. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    int left = COMPARED_LIMIT;
    for (String name : names) {
      if (name.length() <= left) {
        left -= name.length();
        String nearest = nearest(name);
        if (nearest != null) {
          warnings.add(misspelt(name, nearest));
        }
      }
    }
    return warnings;
  }

  /** Returns what is wrong with the first name, or null if there is none. */
  @Nullable String fault() {
    if (names.isEmpty()) {
      return null;
    }
    String name = names.get(0);
    String nearest = name.length() > COMPARED_LIMIT ? null : nearest(name);
    return nearest == null
        ? ParameterError.shown(name) + ": unknown (expected: a parameter in /docs/spec)"
        : misspelt(name, nearest);
  }

  private static String misspelt(String name, String nearest) {
    return ParameterError.shown(name) + ": unknown (did you mean " + nearest + "?)";
  }

  private @Nullable String nearest(String name) {
    if (name.length() < COMPARED_LENGTH) {
      return null;
    }
    for (String each : known) {
      // A bound without its end is not close to it: age and age__gte.
      if (each.startsWith(name + "__")) {
        return each;
      }
    }
    return SpellingSuggestion.of(name, known);
  }
}
