package luna.sender.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.util.CachingDateFormatter;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Formats log lines as text.
 *
 * <p>Shape: {@code 2026-11-24 10:00:00.000 INFO [luna.sender.bridge] message key=value}; a value
 * with a space, a quote or {@code =} is in double quotes. A stack trace follows on separate lines.
 * Messages, values and messages of exceptions cannot start a line or control a terminal (see {@link
 * PrintableText}).
 *
 * <p>Owner: thread-safe.
 */
final class TextLayout extends LayoutBase<ILoggingEvent> {
  private final CachingDateFormatter clock;

  TextLayout(ZoneId zone) {
    clock = new CachingDateFormatter("yyyy-MM-dd HH:mm:ss.SSS", zone);
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160).append(clock.format(event.getTimeStamp()));
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(Math.max(0, 5 - level.length())));
    line.append(" [").append(event.getLoggerName()).append("] ");
    line.append(PrintableText.of(event.getFormattedMessage()));
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> appendPair(line, pair));
    }
    line.append('\n');
    appendThrowable(line, event.getThrowableProxy(), "", "");
    return line.toString();
  }

  private static void appendPair(StringBuilder line, KeyValuePair pair) {
    String value = PrintableText.of(String.valueOf(pair.value));
    line.append(' ').append(PrintableText.of(pair.key)).append('=');
    boolean plain = !value.isEmpty() && value.chars().noneMatch(c -> " \"=".indexOf(c) >= 0);
    line.append(plain ? value : '"' + value.replace("\"", "\\\"") + '"');
  }

  private static void appendThrowable(
      StringBuilder lines, @Nullable IThrowableProxy thrown, String indent, String caption) {
    if (thrown == null) {
      return;
    }
    lines.append(indent).append(caption).append(thrown.getClassName());
    if (thrown.getMessage() != null) {
      lines.append(": ").append(PrintableText.of(thrown.getMessage()));
    }
    if (thrown.isCyclic()) {
      lines.append(" (shown above)\n");
      return;
    }
    lines.append('\n');
    StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
    int common = thrown.getCommonFrames();
    for (int i = 0; i < frames.length - common; i++) {
      lines.append(indent).append('\t').append(frames[i]).append('\n');
    }
    if (common > 0) {
      lines.append(indent).append("\t... ").append(common).append(" more\n");
    }
    for (IThrowableProxy suppressed : thrown.getSuppressed()) {
      appendThrowable(lines, suppressed, indent + "\t", "Suppressed: ");
    }
    appendThrowable(lines, thrown.getCause(), indent, "Caused by: ");
  }
}
