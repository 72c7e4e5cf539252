package luna.sender.testing;

import static luna.sender.testing.Waiting.until;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.slf4j.LoggerFactory;

/**
 * Collects log lines of this JVM.
 *
 * <p>Shape: a line is {@code LEVEL logger: message [key="value", ...]}. Idle services of other
 * tests can log, too, so a test looks for a line by its text, and not by its place.
 *
 * <p>Owner: thread-safe.
 */
public final class TestLog extends AppenderBase<ILoggingEvent> {
  /** The interval of {@code RateLimitedLog}. */
  private static final Duration RATE_LIMIT = Duration.ofSeconds(10);

  private final Collection<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
  private final Logger logger;
  private final Level level;

  private TestLog(Logger logger, Level level) {
    this.logger = logger;
    this.level = level;
  }

  /** Collects warnings and errors of all loggers. The console gets no others either. */
  public static TestLog listen() {
    return listen(Logger.ROOT_LOGGER_NAME, Level.WARN);
  }

  /** Collects the lines of one class from INFO on. */
  public static TestLog listenTo(Class<?> owner) {
    return listen(owner.getName(), Level.INFO);
  }

  private static TestLog listen(String name, Level level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger logger = context.getLogger(name);
    logger.setLevel(level);
    TestLog log = new TestLog(logger, level);
    log.setContext(context);
    log.start();
    logger.addAppender(log);
    return log;
  }

  public void detach() {
    logger.detachAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(level) && !isOfTests(event.getLoggerName())) {
      events.add(event);
    }
  }

  /**
   * Returns whether the tests or the machine cause the lines of this logger: the clients of the
   * tests log rejected handshakes, and a busy machine suspends event loops for seconds.
   */
  private static boolean isOfTests(String logger) {
    return logger.startsWith("io.vertx.core.http.impl.HttpClient")
        || logger.equals("io.vertx.core.impl.BlockedThreadChecker");
  }

  /** Returns the lines that contain none of these texts. */
  List<String> unexpected(Collection<String> expected) {
    return lines().stream().filter(line -> expected.stream().noneMatch(line::contains)).toList();
  }

  /** Returns all lines. */
  public List<String> lines() {
    return events.stream().map(TestLog::line).toList();
  }

  /** Returns the lines that contain this text. */
  public List<String> lines(String text) {
    return lines().stream().filter(line -> line.contains(text)).toList();
  }

  private static String line(ILoggingEvent event) {
    return event.getLevel()
        + " "
        + event.getLoggerName()
        + ": "
        + event.getFormattedMessage()
        + " "
        + event.getKeyValuePairs();
  }

  /** Waits for a line that contains all of these texts, and returns it. */
  public String awaitLine(String... texts) {
    return awaitLine(() -> lines().stream(), texts);
  }

  /** As {@link #awaitLine(String...)}, for the lines of another log. */
  static String awaitLine(Supplier<Stream<String>> lines, String... texts) {
    AtomicReference<String> found = new AtomicReference<>("");
    try {
      until(
          "it is logged",
          () -> {
            Optional<String> line =
                lines.get().filter(each -> Stream.of(texts).allMatch(each::contains)).findFirst();
            line.ifPresent(found::set);
            return line.isPresent();
          });
    } catch (ConditionTimeoutException missing) {
      throw new AssertionError(
          "log: " + lines.get().toList() + " (expected: a line with " + List.of(texts) + ")",
          missing);
    }
    return found.get();
  }

  /**
   * Returns how many lines of one reason the rate limit lets pass at most: one, and one for each
   * interval that has begun since.
   *
   * @param startNanos a time before the first line
   */
  public static int linesSince(long startNanos) {
    return 1 + (int) ((System.nanoTime() - startNanos) / RATE_LIMIT.toNanos());
  }
}
