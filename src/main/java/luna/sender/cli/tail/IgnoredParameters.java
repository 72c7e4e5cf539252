package luna.sender.cli.tail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import luna.sender.config.SpellingSuggestion;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * Formats a warning about parameters that the server ignored. A misspelt filter matches every
 * event, and nothing else would show it.
 *
 * <p>Source: header {@code Luna-Ignored-Parameters} in {@code openapi.yaml}.
 */
final class IgnoredParameters {
  static final String HEADER = "Luna-Ignored-Parameters";

  private IgnoredParameters() {}

  /** Returns the warning, if the header lists parameters. */
  static Optional<String> warning(@Nullable String header) {
    if (header == null || header.isBlank()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    for (String name : header.split(",", -1)) {
      String nearest = SpellingSuggestion.of(name.strip(), FilterOptions.names());
      names.add(
          PrintableText.of(name.strip())
              + (nearest == null ? "" : " (did you mean " + nearest + "?)"));
    }
    return Optional.of(
        "warning: the server ignores unknown parameters: " + String.join(", ", names));
  }
}
