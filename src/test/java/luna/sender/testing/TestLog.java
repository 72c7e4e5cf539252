package luna.sender.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Keeps warnings and errors, for a test may not pass with one that it did not expect.
 *
 * <p>Owner: thread-safe.
 */
public final class TestLog extends AppenderBase<ILoggingEvent> {
  private final Collection<ILoggingEvent> events = new ConcurrentLinkedQueue<>();

  /** Listens to all loggers; nothing goes to the console but what is WARN or worse. */
  public static TestLog listen() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    TestLog log = new TestLog();
    log.setContext(context);
    log.start();
    root.addAppender(log);
    return log;
  }

  public void detach() {
    ((LoggerContext) LoggerFactory.getILoggerFactory())
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .detachAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    // The tests' own clients warn of handshakes that are refused.
    boolean client = event.getLoggerName().startsWith("io.vertx.core.http.impl.HttpClient");
    if (event.getLevel().isGreaterOrEqual(Level.WARN) && !client) {
      events.add(event);
    }
  }

  /** What was logged and is none of these, as text. */
  List<String> unexpected(Collection<String> expected) {
    return lines().stream().filter(line -> expected.stream().noneMatch(line::contains)).toList();
  }

  /** All that was logged, as text. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (ILoggingEvent event : events) {
      lines.add(
          event.getLevel()
              + " "
              + event.getLoggerName()
              + ": "
              + event.getFormattedMessage()
              + " "
              + event.getKeyValuePairs());
    }
    return lines;
  }
}
