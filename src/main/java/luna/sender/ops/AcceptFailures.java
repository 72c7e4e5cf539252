package luna.sender.ops;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Says in a line what Netty says with a stack trace each time: that no descriptor is left for a
 * connection that has come. It tries again by itself, once a second.
 *
 * <p>Shape: a line at once, and then one in 10 s at most, with their number since the last.
 *
 * <p>Owner: thread-safe.
 */
final class AcceptFailures extends TurboFilter {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);
  private static final String NETTY = "io.netty.channel.";
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final AtomicLong untold = new AtomicLong();
  private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable cause) {
    if (!(cause instanceof IOException)
        || !logger.getName().startsWith(NETTY)
        || !String.valueOf(cause.getMessage()).contains("Too many open files")) {
      return FilterReply.NEUTRAL;
    }
    untold.incrementAndGet();
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next >= 0 && nextNanos.compareAndSet(next, now + INTERVAL.toNanos())) {
      LOG.atWarn()
          .addKeyValue("times", untold.getAndSet(0))
          .log("No file descriptor left for a connection; trying again. Raise ulimit -n");
    }
    return FilterReply.DENY;
  }
}
