package luna.sender.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Fails for an input that takes too much time, so that a fuzzer finds slow inputs like other
 * faults.
 *
 * <p>Shape: the CPU time of the threads that do the work, best of {@value #TRIES} tries, so that
 * neither a busy machine nor a garbage collection causes a failure.
 *
 * <p>Errors: {@link AssertionError}.
 */
public final class CpuLimit {
  /** The maximum for an authorized request; inputs of a fuzzer have a few kB. */
  private static final Duration LIMIT = Duration.ofMillis(50);

  private static final int TRIES = 3;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private CpuLimit() {}

  /** Runs the work on this thread, and repeats it if it was slow. */
  public static void check(Runnable work) {
    check(THREADS::getCurrentThreadCpuTime, work);
  }

  /**
   * Runs the work, and repeats it if it was slow.
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

  /** Returns the CPU time of all current threads whose name has this prefix. */
  public static LongSupplier of(String threads) {
    long[] ids =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().startsWith(threads))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    return () -> Arrays.stream(ids).map(THREADS::getThreadCpuTime).sum();
  }
}
