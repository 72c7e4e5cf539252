package luna.sender.log;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A rate-limited logger for lines above DEBUG: lines that a client, a publisher or another outsider
 * can cause, and reminders of a fault that lasts.
 *
 * <p>How: the first line of each reason is logged, and then one in each interval, with the number
 * of lines in between as {@code suppressed}. A suppressed line is logged at DEBUG.
 *
 * <p>Owner: thread-safe.
 */
public final class RateLimitedLog {
  private static final Set<RateLimitedLog> ALL =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final String SUPPRESSED = "suppressed";

  private final Logger log;
  private final LogThrottle limit;

  private RateLimitedLog(Class<?> owner, Duration interval) {
    log = LoggerFactory.getLogger(owner);
    limit = new LogThrottle(interval);
  }

  /** Returns a log for lines that outsiders cause: one line in 10 s for each reason. */
  public static RateLimitedLog of(Class<?> owner) {
    RateLimitedLog limited = new RateLimitedLog(owner, INTERVAL);
    ALL.add(limited);
    return limited;
  }

  /**
   * Returns a log for a fault that is detected again and again while it lasts. {@link
   * #logSuppressed} skips this log: a line with the count would use up the interval, and the
   * reminder would not be written.
   */
  public static RateLimitedLog reminding(Class<?> owner, Duration interval) {
    return new RateLimitedLog(owner, interval);
  }

  /**
   * Begins a line at INFO.
   *
   * @param reason one of a few constants, never a text from outside
   */
  public LoggingEventBuilder atInfo(String reason) {
    return at(Level.INFO, reason);
  }

  /** Begins a line at WARN; see {@link #atInfo}. */
  public LoggingEventBuilder atWarn(String reason) {
    return at(Level.WARN, reason);
  }

  /** Begins a line at ERROR; see {@link #atInfo}. */
  public LoggingEventBuilder atError(String reason) {
    return at(Level.ERROR, reason);
  }

  private LoggingEventBuilder at(Level level, String reason) {
    if (!log.isEnabledForLevel(level)) {
      return log.atLevel(level);
    }
    long suppressed = limit.take(reason);
    if (suppressed == LogThrottle.SUPPRESSED) {
      return log.atDebug();
    }
    LoggingEventBuilder line = log.atLevel(level);
    return suppressed == 0 ? line : line.addKeyValue(SUPPRESSED, suppressed);
  }

  /** Lets the next line of each reason pass. */
  public void reset() {
    limit.reset();
  }

  /** Logs the counts of suppressed lines that no later line of their reason has reported. */
  public static void logSuppressed() {
    List<RateLimitedLog> all;
    synchronized (ALL) {
      all = new ArrayList<>(ALL);
    }
    long now = System.nanoTime();
    for (RateLimitedLog each : all) {
      each.limit.reportSuppressed(
          now,
          (reason, suppressed) ->
              each.log
                  .atInfo()
                  .addKeyValue("reason", reason)
                  .addKeyValue(SUPPRESSED, suppressed)
                  .log("Suppressed further lines of this reason"));
    }
  }
}
