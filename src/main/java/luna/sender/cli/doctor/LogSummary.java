package luna.sender.cli.doctor;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts the lines of a log by level and message. A line also counts those that were suppressed
 * since the one before.
 *
 * <p>Shape: text or JSON, as {@code LOG_FORMAT}. Other rows, such as those of stack traces, are
 * skipped.
 *
 * <p>Owner: immutable.
 */
final class LogSummary {
  private static final Pattern TEXT =
      Pattern.compile("[0-9-]{10} [0-9:.]{12} (ERROR|WARN) +\\[[\\w.$]+] (.*)");

  private static final Pattern VALUES = Pattern.compile(" [a-z_]+=.*");
  private static final Pattern SUPPRESSED =
      Pattern.compile("\\bsuppressed(?:=|\":\"?)([0-9]{1,15})");
  private static final int MESSAGE_LIMIT = 120;
  private static final int SHOWN = 5;

  private final Map<String, Long> errors = new TreeMap<>();
  private final Map<String, Long> warnings = new TreeMap<>();

  static LogSummary of(String log) {
    LogSummary summary = new LogSummary();
    log.lines().forEach(summary::add);
    return summary;
  }

  private void add(String line) {
    Matcher text = TEXT.matcher(line);
    if (text.matches()) {
      count(text.group(1), VALUES.matcher(text.group(2)).replaceFirst(""), line);
    } else if (line.startsWith("{")) {
      JsonObject json = parse(line);
      if (json != null
          && json.getValue("level") instanceof String level
          && json.getValue("formattedMessage") instanceof String message) {
        count(level, message, line);
      }
    }
  }

  private static @Nullable JsonObject parse(String line) {
    try {
      return new JsonObject(line);
    } catch (DecodeException cut) {
      return null;
    }
  }

  private void count(String level, String message, String line) {
    Map<String, Long> counts =
        switch (level) {
          case "ERROR" -> errors;
          case "WARN" -> warnings;
          default -> null;
        };
    if (counts != null) {
      Matcher suppressed = SUPPRESSED.matcher(line);
      long more = suppressed.find() ? Long.parseLong(suppressed.group(1)) : 0;
      String shown =
          message.length() <= MESSAGE_LIMIT ? message : message.substring(0, MESSAGE_LIMIT) + "…";
      counts.merge(shown, 1 + more, Long::sum);
    }
  }

  boolean hasError(String message) {
    return errors.containsKey(message);
  }

  /** Returns the errors with their numbers, the most frequent first; empty without errors. */
  String errors() {
    return text(errors, 1);
  }

  /** Returns the warnings that are there at least {@code least} times; empty without them. */
  String warnings(long least) {
    return text(warnings, least);
  }

  private static String text(Map<String, Long> counts, long least) {
    List<Map.Entry<String, Long>> frequent =
        counts.entrySet().stream()
            .filter(each -> each.getValue() >= least)
            .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
            .toList();
    String shown =
        frequent.stream()
            .limit(SHOWN)
            .map(each -> "'" + each.getKey() + "' " + each.getValue())
            .collect(Collectors.joining(", "));
    return frequent.size() <= SHOWN
        ? shown
        : shown + " and " + (frequent.size() - SHOWN) + " other messages";
  }
}
