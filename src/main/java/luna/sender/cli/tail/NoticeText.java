package luna.sender.cli.tail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import luna.sender.log.PrintableText;

/**
 * Formats a notice as a sentence: an interruption, a gap, or the statistics of the filter.
 *
 * <p>Source: schemas {@code InterruptionMessage}, {@code GapMessage} and {@code StatsMessage} in
 * {@code openapi.yaml}.
 */
final class NoticeText {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** How notices begin. An event message begins with {@code "event"}. */
  private static final List<byte[]> BEGINNINGS =
      List.of(
          bytes("{\"interruption\":"),
          bytes("{\"gap\":"),
          bytes("{\"healed\":"),
          bytes("{\"stats\":"));

  /** How notices about a replay of the history begin. */
  private static final List<byte[]> OF_HISTORY =
      List.of(bytes("{\"resume\":"), bytes("{\"live\":"));

  private NoticeText() {}

  static boolean is(byte[] message) {
    return begins(message, BEGINNINGS) || isOfHistory(message);
  }

  /** Returns whether the message is about a replay of the history. */
  static boolean isOfHistory(byte[] message) {
    return begins(message, OF_HISTORY);
  }

  private static boolean begins(byte[] message, List<byte[]> beginnings) {
    return beginnings.stream()
        .anyMatch(
            start ->
                message.length > start.length
                    && Arrays.equals(start, 0, start.length, message, 0, start.length));
  }

  static String text(byte[] message) {
    try {
      JsonNode tree = MAPPER.readTree(message);
      if (tree.has("interruption")) {
        return interruption(tree.get("interruption"));
      }
      if (tree.has("gap")) {
        return gap(tree.get("gap"));
      }
      if (tree.has("healed")) {
        return healed(tree.get("healed"));
      }
      if (tree.has("resume")) {
        return resumed(tree.get("resume"));
      }
      return tree.has("live")
          ? "caught up: " + count(tree.at("/live/replayed").asLong(), "event") + " replayed"
          : stats(tree.path("stats"));
    } catch (IOException unreadable) {
      return "an unreadable notice";
    }
  }

  private static String interruption(JsonNode interruption) {
    return "interrupted: events may be missing since "
        + shown(interruption.path("from"))
        + " ("
        + shown(interruption.path("cause"))
        + "); a gap message follows at the end";
  }

  private static String gap(JsonNode gap) {
    JsonNode dropped = gap.path("dropped");
    String what =
        dropped.isNumber()
            ? "gap: " + count(dropped.asLong(), "event") + " dropped"
            : "gap: events may be missing";
    return what
        + " between "
        + shown(gap.path("from"))
        + " and "
        + shown(gap.path("to"))
        + " ("
        + shown(gap.path("cause"))
        + ")";
  }

  private static String healed(JsonNode healed) {
    return "interruption from "
        + shown(healed.path("from"))
        + " to "
        + shown(healed.path("to"))
        + " ended without a loss";
  }

  private static String resumed(JsonNode resumed) {
    return switch (resumed.path("outcome").asText()) {
      case "complete" -> "resumed: nothing is missing";
      case "partial" -> "resumed: older events are no longer in the history";
      default -> "resumed: the position is no longer in the history, so events may be missing";
    };
  }

  private static String stats(JsonNode stats) {
    List<String> refused = new ArrayList<>();
    stats
        .path("refused")
        .properties()
        .forEach(
            entry -> refused.add(PrintableText.of(entry.getKey()) + " " + shown(entry.getValue())));
    return "filter: "
        + shown(stats.path("passed"))
        + " of "
        + count(stats.path("seen").asLong(), "event")
        + " passed"
        + (refused.isEmpty() ? "" : "; rejected by " + String.join(", ", refused));
  }

  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String shown(JsonNode value) {
    return PrintableText.of(value.asText());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }
}
