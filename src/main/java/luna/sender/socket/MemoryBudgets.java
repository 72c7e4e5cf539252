package luna.sender.socket;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import luna.sender.config.Config;
import luna.sender.metrics.MemoryGauge;
import luna.sender.metrics.Metrics;

/**
 * How much memory may wait for clients: a share of what the process may have, without what an event
 * loop needs to go on.
 *
 * <p>Units: bytes.
 *
 * <p>Source: -XX:MaxDirectMemorySize, which is as much as the heap where it is not given, or
 * io.netty.maxDirectMemory, where that is less.
 */
final class MemoryBudgets {
  /** The part of a loop's direct memory that the events of one turn may have. */
  private static final int TURN_PART = 16;

  /** The part of a loop's direct memory that queues may have, however much the loop needs. */
  private static final int LEAST_PART = 4;

  /** What a loop reads from its sockets, and copies to them beside frames. */
  private static final long SOCKETS_BYTES = 1 << 20;

  private MemoryBudgets() {}

  /** What may wait for the clients of one event loop. */
  static Budget queues(Config config, Metrics metrics) {
    long loopBytes = ofLoop(config, directBytes());
    long leftBytes = Math.max(loopBytes / LEAST_PART, loopBytes - neededBytes(config));
    long wholeBytes = Math.min(ofLoop(config, share(directBytes(), config)), leftBytes);
    return budget(config.ws().accountQueueLimitBytes(), wholeBytes, metrics.queues());
  }

  /** What may wait to be matched on one event loop. */
  static Budget backlogs(Config config, Metrics metrics) {
    long wholeBytes = ofLoop(config, share(Runtime.getRuntime().maxMemory(), config));
    return budget(config.ws().accountBacklogLimitBytes(), wholeBytes, metrics.backlogs());
  }

  /** When the events of a turn have so many bytes, it ends. */
  static long turnBytes(Config config) {
    return ofLoop(config, directBytes()) / TURN_PART;
  }

  private static Budget budget(long accountLimitBytes, long wholeBytes, MemoryGauge use) {
    use.allow(wholeBytes);
    return new Budget(accountLimitBytes, wholeBytes, use::use);
  }

  /** Of direct memory, beside what waits: the frames of a turn, and buffers of sockets. */
  private static long neededBytes(Config config) {
    long largestBytes =
        Math.min(config.redis().payloadLimitBytes(), ofLoop(config, directBytes()) / LEAST_PART);
    // Plain, deflated, and encrypted for the client whose queue is counted next.
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
