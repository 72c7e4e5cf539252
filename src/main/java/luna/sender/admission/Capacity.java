package luna.sender.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import luna.sender.config.LimitSettings;

/**
 * The number of connections that this process may have.
 *
 * <p>Invariant: WebSockets never use all file descriptors. The rest is for clients that must
 * receive a 503, and for probes.
 *
 * @param connections WebSockets
 * @param httpConnections connections that are not WebSockets
 * @param total both together, bounded by the open-file limit
 */
record Capacity(int connections, int httpConnections, int total) {
  private static final int MAX_SPARE = 1024;

  /**
   * @param descriptors the file descriptors that connections may use
   */
  static Capacity of(LimitSettings settings, long descriptors) {
    int total = (int) Math.min(Integer.MAX_VALUE, Math.max(2, descriptors));
    int spare = Math.max(1, Math.min(MAX_SPARE, total / 8));
    return new Capacity(
        atMost(settings.connections(), total - spare),
        atMost(settings.httpConnections(), total),
        total);
  }

  /** Returns the capacity for a dry run: what the open-file limit allows, whatever the settings. */
  static Capacity hardLimit(long descriptors) {
    int total = (int) Math.min(Integer.MAX_VALUE, Math.max(2, descriptors));
    int spare = Math.max(1, Math.min(MAX_SPARE, total / 8));
    return new Capacity(total - spare, total, total);
  }

  private static int atMost(int limit, int max) {
    return limit == 0 ? max : Math.min(limit, max);
  }

  /**
   * Returns how many file descriptors this process may still open, or a very large number if the
   * platform does not report it.
   */
  static long freeDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            && unix.getMaxFileDescriptorCount() > 0
        ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount()
        : Integer.MAX_VALUE;
  }
}
