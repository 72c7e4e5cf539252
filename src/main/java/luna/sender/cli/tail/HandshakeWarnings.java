package luna.sender.cli.tail;

import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import luna.sender.headers.EncodedTexts;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * Formats what the server finds odd about the filter. A misspelt filter matches every event, one
 * with crossed bounds matches none, and nothing else would show it.
 *
 * <p>Source: headers {@code Luna-Ignored-Parameters} and {@code Luna-Filter-Warnings} in {@code
 * openapi.yaml}.
 */
public final class HandshakeWarnings {
  private static final String IGNORED = "Luna-Ignored-Parameters";

  /** A parameter that the user did not write; older services do not know it. */
  private static final String OWN = "positions";

  private static final String WARNINGS = "Luna-Filter-Warnings";

  private HandshakeWarnings() {}

  /** Returns one line for each warning in the headers of the 101. */
  public static List<String> of(MultiMap headers) {
    List<String> lines = new ArrayList<>();
    List<String> ignored =
        texts(headers.get(IGNORED)).stream().filter(name -> !OWN.equals(name)).toList();
    if (!ignored.isEmpty()) {
      lines.add("warning: the server ignores unknown parameters: " + String.join(", ", ignored));
    }
    texts(headers.get(WARNINGS)).forEach(text -> lines.add("warning: " + text));
    return lines;
  }

  private static List<String> texts(@Nullable String header) {
    return header == null
        ? List.of()
        : EncodedTexts.decode(header).stream().map(PrintableText::of).toList();
  }
}
