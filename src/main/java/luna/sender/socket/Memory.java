package luna.sender.socket;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import luna.sender.config.Config;
import luna.sender.ops.MemoryUse;
import luna.sender.ops.Metrics;

/**
 * How much memory may wait for clients: a share of what the JVM may have.
 *
 * <p>Units: bytes.
 *
 * <p>Source: -XX:MaxDirectMemorySize, which is as much as the heap where it is not given.
 */
final class Memory {
  private Memory() {}

  /** What may wait for the clients of one event loop. */
  static Budget queues(Config config, Metrics metrics) {
    return budget(config, config.ws().accountQueueLimitBytes(), direct(config), metrics.queues());
  }

  /** What may wait to be matched on one event loop. */
  static Budget backlogs(Config config, Metrics metrics) {
    return budget(config, config.ws().accountBacklogLimitBytes(), heap(config), metrics.backlogs());
  }

  private static Budget budget(
      Config config, long accountLimitBytes, long allLoopsBytes, MemoryUse use) {
    long wholeBytes = allLoopsBytes / config.http().eventLoopCount();
    use.allow(wholeBytes);
    return new Budget(accountLimitBytes, wholeBytes, use::use);
  }

  /** Of direct memory: frames. */
  private static long direct(Config config) {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long given = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    return share(given == 0 ? Runtime.getRuntime().maxMemory() : given, config);
  }

  /** Of the heap: events that wait to be matched. */
  private static long heap(Config config) {
    return share(Runtime.getRuntime().maxMemory(), config);
  }

  private static long share(long bytes, Config config) {
    return bytes / 100 * config.ws().queueMemoryPercent();
  }
}
