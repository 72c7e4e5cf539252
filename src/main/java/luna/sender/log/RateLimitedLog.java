package luna.sender.log;

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
 * The logger for every line above DEBUG that a client, a publisher or another stranger can cause.
 *
 * <p>Shape: a line of each reason at once, and then one in 10 s, with the number of those that were
 * suppressed in between as {@code suppressed}. A suppressed line is a DEBUG line instead.
 *
 * <p>Owner: thread-safe.
 */
public final class RateLimitedLog {
  private static final Set<RateLimitedLog> ALL =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private static final String SUPPRESSED = "suppressed";

  private final Logger log;
  private final LogThrottle limit = new LogThrottle();

  private RateLimitedLog(Logger log) {
    this.log = log;
  }

  public static RateLimitedLog of(Class<?> owner) {
    RateLimitedLog limited = new RateLimitedLog(LoggerFactory.getLogger(owner));
    ALL.add(limited);
    return limited;
  }

  /**
   * Begins a line at INFO.
   *
   * @param reason one of a few that no stranger can make up
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

  /** Logs the numbers of suppressed lines that no later line of their reason has told of. */
  public static void tellSuppressed() {
    List<RateLimitedLog> all;
    synchronized (ALL) {
      all = new ArrayList<>(ALL);
    }
    long now = System.nanoTime();
    for (RateLimitedLog each : all) {
      each.limit.tellRest(
          now,
          (reason, suppressed) ->
              each.log
                  .atInfo()
                  .addKeyValue("reason", reason)
                  .addKeyValue(SUPPRESSED, suppressed)
                  .log("More lines of this reason were suppressed"));
    }
  }
}
