package luna.sender.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A message about the history, which is no event. */
enum Notice {
  /** The outcome of a resume. */
  RESUME,
  /** The end of a replay. */
  LIVE,
  /** Where a client continues whose filter passes few events. */
  POSITION,
  /** Events are missing. */
  GAP;

  private static final String OUTCOME = "\"outcome\":\"";

  private final String start = "{\"" + name().toLowerCase(Locale.ROOT) + "\":";

  /** Returns the kind of a message, or null if it is none of these. */
  static @Nullable Notice of(byte[] message, int from, int length) {
    for (Notice kind : values()) {
      if (startsWith(message, from, length, kind.start)) {
        return kind;
      }
    }
    return null;
  }

  private static boolean startsWith(byte[] message, int from, int length, String start) {
    if (length < start.length()) {
      return false;
    }
    for (int i = 0; i < start.length(); i++) {
      if (message[from + i] != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the outcome in a {@link #RESUME}. */
  static String outcome(byte[] message, int from, int length) {
    String text = new String(message, from, length, US_ASCII);
    int key = text.indexOf(OUTCOME);
    int start = key + OUTCOME.length();
    int end = text.indexOf('"', start);
    return key < 0 || end < 0 ? "unknown" : text.substring(start, end);
  }
}
