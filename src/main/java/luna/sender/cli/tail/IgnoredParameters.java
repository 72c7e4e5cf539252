package luna.sender.cli.tail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import luna.sender.config.SpellingSuggestion;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * What the server has told of parameters that it does not know: a misspelt filter lets everything
 * through, and nothing else shows it.
 *
 * <p>Source: header {@code Luna-IgnoredParameters-Parameters} in {@code openapi.yaml}.
 */
final class IgnoredParameters {
  static final String HEADER = "Luna-Ignored-Parameters";

  private IgnoredParameters() {}

  /** The warning, if there is something to warn of. */
  static Optional<String> warning(@Nullable String header) {
    if (header == null || header.isBlank()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    for (String name : header.split(",", -1)) {
      String nearest = SpellingSuggestion.of(name.strip(), FilterOptions.NAMES);
      names.add(
          PrintableText.of(name.strip())
              + (nearest == null ? "" : " (did you mean " + nearest + "?)"));
    }
    return Optional.of(
        "warning: the server ignores what it does not know: " + String.join(", ", names));
  }
}
