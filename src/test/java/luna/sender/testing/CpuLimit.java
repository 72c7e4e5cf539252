package luna.sender.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Fails for an input that takes too much time, so that a fuzzer finds a slow one like any other
 * fault.
 *
 * <p>Shape: CPU time of the threads that do the work, best of {@value #TRIES} tries, so that
 * neither a busy machine nor a garbage collection is a fault.
 *
 * <p>Errors: {@link AssertionError}.
 */
public final class CpuLimit {
  /** What a request may cost after it is authorised; input of a fuzzer is a few kB. */
  private static final Duration LIMIT = Duration.ofMillis(50);

  private static final int TRIES = 3;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private CpuLimit() {}

  /** Runs it on this thread, again if it was slow. */
  public static void check(Runnable work) {
    check(THREADS::getCurrentThreadCpuTime, work);
  }

  /**
   * Runs it, again if it was slow.
   *
   * @param cpuNanos of the threads that do the work
   */
  public static void check(LongSupplier cpuNanos, Runnable work) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < TRIES && least > LIMIT.toNanos(); i++) {
      long before = cpuNanos.getAsLong();
      work.run();
      least = Math.min(least, cpuNanos.getAsLong() - before);
    }
    if (least > LIMIT.toNanos()) {
      throw new AssertionError(Duration.ofNanos(least) + " of CPU (expected: " + LIMIT + ")");
    }
  }

  /** The CPU time of all threads that are there now and whose name begins so. */
  public static LongSupplier of(String threads) {
    long[] ids =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().startsWith(threads))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    return () -> Arrays.stream(ids).map(THREADS::getThreadCpuTime).sum();
  }
}
