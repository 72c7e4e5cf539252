package luna.sender.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import luna.sender.config.LimitSettings;

/**
 * How many connections this process may have.
 *
 * <p>Shape: WebSockets never take all descriptors; what is left above them is for those who ask for
 * one and have to hear 503, and for probes.
 *
 * <p>Owner: immutable.
 *
 * @param connections WebSockets
 * @param httpConnections connections that are no WebSocket
 * @param total both together: what the process's open files allow
 */
record Capacity(int connections, int httpConnections, int total) {
  private static final int MOST_SPARE = 1024;

  /**
   * @param descriptors how many of them connections may take
   */
  static Capacity of(LimitSettings settings, long descriptors) {
    int total = (int) Math.min(Integer.MAX_VALUE, Math.max(2, descriptors));
    int spare = Math.max(1, Math.min(MOST_SPARE, total / 8));
    return new Capacity(
        atMost(settings.connections(), total - spare),
        atMost(settings.httpConnections(), total),
        total);
  }

  /** A dry run lets in what the process can bear, and no more. */
  static Capacity bearable(long descriptors) {
    int total = (int) Math.min(Integer.MAX_VALUE, Math.max(2, descriptors));
    int spare = Math.max(1, Math.min(MOST_SPARE, total / 8));
    return new Capacity(total - spare, total, total);
  }

  private static int atMost(int limit, int most) {
    return limit == 0 ? most : Math.min(limit, most);
  }

  /** How many descriptors this process may still open; very many where the platform can't tell. */
  static long freeDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            && unix.getMaxFileDescriptorCount() > 0
        ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount()
        : Integer.MAX_VALUE;
  }
}
