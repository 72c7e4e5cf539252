package luna.sender.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Limits the warnings and errors of libraries, as {@link RateLimitedLog} does for this service.
 * Clients can cause most of them, many with a stack trace.
 *
 * <p>How: one line in 10 s for each combination of logger, text without its digits, and type of
 * exception. If no file descriptor is left for a connection, Netty logs that once a second; this
 * filter replaces it by a line with advice. Netty also logs each connection that is accepted while
 * the server closes, and each client that the garbage collector closes after the event loops have
 * ended; both end anyway, so nothing is logged.
 *
 * <p>Owner: thread-safe.
 */
final class LibraryLogFilter extends TurboFilter {
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final String OURS = "luna.sender";
  private static final String NETTY = "io.netty.channel.";
  private static final String ACCEPTOR = "io.netty.bootstrap.ServerBootstrap";
  private static final String REJECTED =
      "io.netty.util.concurrent.DefaultPromise.rejectedExecution";

  private final RateLimitedLog limited = RateLimitedLog.of(LibraryLogFilter.class);
  private final LogThrottle lines = new LogThrottle(INTERVAL);

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable cause) {
    if (!level.isGreaterOrEqual(Level.WARN)
        || format == null
        || logger.getName().startsWith(OURS)
        || !logger.isEnabledFor(level)) {
      return FilterReply.NEUTRAL;
    }
    if (isOutOfDescriptors(logger, cause)) {
      limited
          .atWarn("descriptors")
          .log("No file descriptor left for a connection; retrying. Raise ulimit -n");
      return FilterReply.DENY;
    }
    if (isAcceptedAtStop(logger, cause) || isClosedAfterStop(logger, cause)) {
      return FilterReply.DENY;
    }
    String kind = cause == null ? "" : cause.getClass().getName();
    long suppressed = lines.take(logger.getName() + withoutDigits(format) + kind);
    if (suppressed == LogThrottle.SUPPRESSED) {
      return FilterReply.DENY;
    }
    if (suppressed > 0) {
      limited
          .atWarn(logger.getName())
          .addKeyValue("logger", logger.getName())
          .addKeyValue("count", suppressed)
          .log("Suppressed lines like the next one");
    }
    return FilterReply.NEUTRAL;
  }

  private static boolean isOutOfDescriptors(Logger logger, @Nullable Throwable cause) {
    return cause instanceof IOException
        && logger.getName().startsWith(NETTY)
        && String.valueOf(cause.getMessage()).contains("Too many open files");
  }

  /**
   * Vert.x has removed the last event loop of the server, but the listening socket is still open.
   */
  private static boolean isAcceptedAtStop(Logger logger, @Nullable Throwable cause) {
    return cause instanceof IllegalStateException && logger.getName().equals(ACCEPTOR);
  }

  /** The event loops end only at the stop, or when a start has failed. */
  private static boolean isClosedAfterStop(Logger logger, @Nullable Throwable cause) {
    return cause instanceof RejectedExecutionException && logger.getName().equals(REJECTED);
  }

  private static String withoutDigits(String format) {
    StringBuilder text = new StringBuilder(format.length());
    format.chars().filter(c -> c < '0' || c > '9').forEach(c -> text.append((char) c));
    return text.toString();
  }
}
