package luna.sender.log;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets a line of each reason through at once, and then one in 10 s.
 *
 * <p>Shape: at most {@value #REASONS_LIMIT} reasons are told apart; all further ones are one.
 *
 * <p>Owner: thread-safe.
 */
public final class LogThrottle {
  /** What {@link #take} returns for a line that may not be written. */
  public static final long SUPPRESSED = -1;

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final int REASONS_LIMIT = 256;
  private static final String OTHERS = "others";

  private final ConcurrentMap<String, Window> windows = new ConcurrentHashMap<>();

  /** The time of a reason's next line, and how many were suppressed since the last. */
  private static final class Window {
    final AtomicLong nextNanos;
    final AtomicLong suppressed = new AtomicLong();

    Window(long nowNanos) {
      nextNanos = new AtomicLong(nowNanos);
    }

    boolean isDue(long nowNanos) {
      long next = nextNanos.get();
      return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + INTERVAL.toNanos());
    }
  }

  /** Gets what was suppressed and has no later line that could say so. */
  @FunctionalInterface
  interface Rest {
    void tell(String reason, long suppressed);
  }

  /**
   * Asks for a line.
   *
   * @return how many lines of the reason were suppressed since the last, or {@link #SUPPRESSED} if
   *     this one is
   */
  public long take(String reason) {
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

  void tellRest(long nowNanos, Rest rest) {
    windows.forEach(
        (reason, window) -> {
          if (window.suppressed.get() > 0 && window.isDue(nowNanos)) {
            rest.tell(reason, window.suppressed.getAndSet(0));
          }
        });
  }
}
