package luna.sender.log;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * Forwards what libraries log by {@code java.util.logging} to the log of this service. The JDK's
 * own handler writes to standard error, and blocks if nobody reads it.
 *
 * <p>Owner: thread-safe.
 */
final class JulBridge extends Handler {
  private final SimpleFormatter formatter = new SimpleFormatter();

  /** Installs this as the only handler of the process. */
  static void install() {
    LogManager.getLogManager().reset();
    Logger.getLogger("").addHandler(new JulBridge());
  }

  @Override
  public void publish(LogRecord line) {
    String name = line.getLoggerName() == null ? "java.util.logging" : line.getLoggerName();
    LoggerFactory.getLogger(name)
        .atLevel(level(line.getLevel()))
        .setCause(line.getThrown())
        .log(formatter.formatMessage(line));
  }

  private static org.slf4j.event.Level level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return org.slf4j.event.Level.ERROR;
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return org.slf4j.event.Level.WARN;
    }
    return level.intValue() >= Level.INFO.intValue()
        ? org.slf4j.event.Level.INFO
        : org.slf4j.event.Level.DEBUG;
  }

  @Override
  public void flush() {
    // There is no buffer.
  }

  @Override
  public void close() {
    // There is nothing to close.
  }
}
