package luna.sender.log;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits log lines by reason: the first line passes, and then one in each interval.
 *
 * <p>How: at most {@value #REASONS_LIMIT} reasons are limited separately; all further reasons share
 * one limit.
 *
 * <p>Owner: thread-safe.
 */
final class LogThrottle {
  /** The result of {@link #take} for a line that must not be written. */
  static final long SUPPRESSED = -1;

  private static final int REASONS_LIMIT = 256;
  private static final String OTHERS = "others";

  private final ConcurrentMap<String, Window> windows = new ConcurrentHashMap<>();
  private final long intervalNanos;

  LogThrottle(Duration interval) {
    intervalNanos = interval.toNanos();
  }

  /** The time of a reason's next line, and the number of lines suppressed since the last one. */
  private final class Window {
    final AtomicLong nextNanos;
    final AtomicLong suppressed = new AtomicLong();

    Window(long nowNanos) {
      nextNanos = new AtomicLong(nowNanos);
    }

    boolean isDue(long nowNanos) {
      long next = nextNanos.get();
      return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + intervalNanos);
    }
  }

  /** Receives the counts of suppressed lines that no later line has reported. */
  @FunctionalInterface
  interface Rest {
    void report(String reason, long suppressed);
  }

  /**
   * Requests a line.
   *
   * @return how many lines of the reason were suppressed since the last one, or {@link #SUPPRESSED}
   *     if this one must be suppressed
   */
  long take(String reason) {
    return take(reason, System.nanoTime());
  }

  long take(String reason, long nowNanos) {
    String known = windows.containsKey(reason) || windows.size() < REASONS_LIMIT ? reason : OTHERS;
    Window window = windows.computeIfAbsent(known, absent -> new Window(nowNanos));
    if (window.isDue(nowNanos)) {
      return window.suppressed.getAndSet(0);
    }
    window.suppressed.incrementAndGet();
    return SUPPRESSED;
  }

  /** Lets the next line of each reason pass, without the count of suppressed lines. */
  void reset() {
    windows.clear();
  }

  void reportSuppressed(long nowNanos, Rest rest) {
    windows.forEach(
        (reason, window) -> {
          if (window.suppressed.get() > 0 && window.isDue(nowNanos)) {
            rest.report(reason, window.suppressed.getAndSet(0));
          }
        });
  }
}
