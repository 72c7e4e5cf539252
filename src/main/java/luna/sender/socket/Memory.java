package luna.sender.socket;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import luna.sender.config.Config;

/**
 * How much memory may wait for clients: a share of what the JVM may have.
 *
 * <p>Units: bytes.
 *
 * <p>Source: -XX:MaxDirectMemorySize, which is as much as the heap where it is not given.
 */
final class Memory {
  private Memory() {}

  /** Of direct memory: frames. */
  static long direct(Config config) {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long given = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    return share(given == 0 ? Runtime.getRuntime().maxMemory() : given, config);
  }

  /** Of the heap: events that wait to be matched. */
  static long heap(Config config) {
    return share(Runtime.getRuntime().maxMemory(), config);
  }

  private static long share(long bytes, Config config) {
    return bytes / 100 * config.ws().queueMemoryPercent();
  }
}
