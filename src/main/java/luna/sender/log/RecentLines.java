package luna.sender.log;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * The latest lines of a log. The oldest are dropped.
 *
 * <p>Units: at most {@value #LIMIT} lines and {@value #LIMIT_BYTES} bytes, at two bytes for each
 * character. A longer line is cut.
 *
 * <p>Owner: thread-safe.
 */
final class RecentLines {
  static final int LIMIT = 250;
  static final int LIMIT_BYTES = 1 << 17;

  static final Comparator<Line> BY_TIME = Comparator.comparingLong(Line::millis);

  /** A stack trace of a deep call ends here, at most a sixteenth of all. */
  private static final int LINE_LIMIT = LIMIT_BYTES / 2 / 16;

  private static final String CUT = " [cut]";

  private final Deque<Line> lines = new ArrayDeque<>();
  private long bytes;

  /**
   * @param millis since 1970
   */
  record Line(long millis, String text) {
    int bytes() {
      return 2 * text.length();
    }
  }

  synchronized void add(long millis, String text) {
    Line line =
        new Line(
            millis,
            text.length() <= LINE_LIMIT
                ? text
                : text.substring(0, LINE_LIMIT - CUT.length()) + CUT);
    lines.add(line);
    bytes += line.bytes();
    while (lines.size() > LIMIT || bytes > LIMIT_BYTES) {
      bytes -= lines.remove().bytes();
    }
  }

  /** Returns all lines, oldest first. */
  synchronized List<Line> all() {
    return List.copyOf(lines);
  }
}
