package luna.sender.socket;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import luna.sender.config.Config;
import luna.sender.metrics.MemoryGauge;
import luna.sender.metrics.Metrics;

/**
 * Calculates how much memory the queues may use: a share of the process's memory, minus what an
 * event loop needs to work.
 *
 * <p>Units: bytes.
 *
 * <p>Source: -XX:MaxDirectMemorySize (by default the size of the heap), or io.netty.maxDirectMemory
 * if that is less.
 */
final class MemoryBudgets {
  /** A turn may use 1/16 of a loop's direct memory for its events. */
  private static final int TURN_PART = 16;

  /**
   * Queues always get at least 1/4 of a loop's direct memory, however much the loop itself needs.
   */
  private static final int MIN_PART = 4;

  /** Direct memory for reading from sockets, and for copying to them in addition to frames. */
  private static final long SOCKETS_BYTES = 1 << 20;

  private MemoryBudgets() {}

  /** Creates the budget of the frames that are queued for the clients of one event loop. */
  static Budget queues(Config config, Metrics metrics) {
    long loopBytes = ofLoop(config, directBytes());
    long leftBytes = Math.max(loopBytes / MIN_PART, loopBytes - neededBytes(config));
    long totalBytes = Math.min(ofLoop(config, share(directBytes(), config)), leftBytes);
    return budget(config.ws().accountQueueLimitBytes(), totalBytes, metrics.queues());
  }

  /** Creates the budget of the events that are queued before matching on one event loop. */
  static Budget backlogs(Config config, Metrics metrics) {
    long totalBytes = ofLoop(config, share(Runtime.getRuntime().maxMemory(), config));
    return budget(config.ws().accountBacklogLimitBytes(), totalBytes, metrics.backlogs());
  }

  /** Returns the size of a turn's events at which the turn ends. */
  static long turnBytes(Config config) {
    return ofLoop(config, directBytes()) / TURN_PART;
  }

  private static Budget budget(long accountLimitBytes, long totalBytes, MemoryGauge use) {
    use.allow(totalBytes);
    return new Budget(accountLimitBytes, totalBytes, use::use);
  }

  /**
   * Returns the direct memory that is needed besides queues: the frames of a turn, and socket
   * buffers.
   */
  private static long neededBytes(Config config) {
    long largestBytes =
        Math.min(config.redis().payloadLimitBytes(), ofLoop(config, directBytes()) / MIN_PART);
    // Copies of a frame: plain; compressed; and encrypted, for one client at a time. After a
    // client's flush, its encrypted bytes count in its own queue.
    int copies =
        1 + (config.ws().compressionLevel() > 0 ? 1 : 0) + (config.http().tls().enabled() ? 1 : 0);
    long poolsBytes =
        (long) PooledByteBufAllocator.defaultNumDirectArena()
            * (PooledByteBufAllocator.defaultPageSize()
                << PooledByteBufAllocator.defaultMaxOrder());
    return copies * (turnBytes(config) + largestBytes) + SOCKETS_BYTES + ofLoop(config, poolsBytes);
  }

  private static long directBytes() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long given = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    long ofJvm = given == 0 ? Runtime.getRuntime().maxMemory() : given;
    return Math.min(ofJvm, PlatformDependent.maxDirectMemory());
  }

  private static long ofLoop(Config config, long bytes) {
    return bytes / config.http().eventLoopCount();
  }

  private static long share(long bytes, Config config) {
    return bytes / 100 * config.ws().queueMemoryPercent();
  }
}
