package luna.sender.metrics;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells the connections to Redis of an event loop that a throwable left the client for Redis
 * uncaught, while it read one of them. The client skips what it was reading, for example a payload
 * for which there is not enough memory, and does not report it.
 *
 * <p>How: the client uses a context of its own for each connection, so only the thread connects a
 * throwable with its connections. Every error of the JVM counts, because it can come without a
 * stack trace.
 *
 * <p>Owner: thread-safe.
 */
final class ThreadFaults {
  private static final String REDIS_CLIENT = "io.vertx.redis.client.";

  private final Map<Thread, AtomicInteger> counts = new ConcurrentHashMap<>();

  /** Counts a throwable of this thread. Allocates no memory for an error of the JVM. */
  void caught(Throwable fault) {
    AtomicInteger count = counts.get(Thread.currentThread());
    if (count != null && (fault instanceof VirtualMachineError || isOfRedis(fault))) {
      count.incrementAndGet();
    }
  }

  private static boolean isOfRedis(Throwable fault) {
    return Arrays.stream(fault.getStackTrace())
        .anyMatch(frame -> frame.getClassName().startsWith(REDIS_CLIENT));
  }

  /** Returns the count of this thread, which goes on counting. */
  AtomicInteger count() {
    return counts.computeIfAbsent(Thread.currentThread(), thread -> new AtomicInteger());
  }
}
