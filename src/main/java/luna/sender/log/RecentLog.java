package luna.sender.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Keeps the latest log lines of the process in memory, for operators who cannot reach its log.
 *
 * <p>How: lines at WARN and above, and lines at INFO, have separate bounds, so that a flood at INFO
 * does not displace an error. Lines below INFO are not kept. A line is kept only if it is logged at
 * all, which {@code LOG_LEVEL} decides.
 *
 * <p>Shape: {@link TextLayout}, in UTC, whatever the format of the log is.
 *
 * <p>Units: {@value RecentLines#LIMIT} lines and {@value RecentLines#LIMIT_BYTES} bytes of text,
 * twice.
 *
 * <p>Owner: thread-safe.
 */
public final class RecentLog extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final RecentLog OF_PROCESS = new RecentLog();

  private final TextLayout layout = new TextLayout(ZoneOffset.UTC);
  private final RecentLines urgent = new RecentLines();
  private final RecentLines others = new RecentLines();

  private RecentLog() {}

  /** Keeps the lines from now on, also if an earlier call has been undone by a new log setup. */
  public static synchronized void keep() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    if (!root.isAttached(OF_PROCESS)) {
      OF_PROCESS.setName("recent");
      OF_PROCESS.setContext(context);
      OF_PROCESS.start();
      root.addAppender(OF_PROCESS);
    }
  }

  /** Returns the kept lines, oldest first. A line with a stack trace has several rows. */
  public static List<String> lines() {
    return Stream.concat(OF_PROCESS.urgent.all().stream(), OF_PROCESS.others.all().stream())
        .sorted(RecentLines.BY_TIME)
        .map(RecentLines.Line::text)
        .toList();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
      boolean isUrgent = event.getLevel().isGreaterOrEqual(Level.WARN);
      (isUrgent ? urgent : others)
          .add(event.getTimeStamp(), layout.doLayout(event).stripTrailing());
    }
  }
}
