package luna.sender.cli.bench;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run.
 *
 * <p>Units: histograms in nanoseconds.
 *
 * <p>Owner: immutable, as long as nobody touches the histograms.
 *
 * @param connected clients at the beginning
 * @param refused handshakes that failed, by why
 * @param refusal what the server said to the first one
 * @param closed connections that the server ended, by close code
 * @param seconds from the first measured event's time to the last delivery
 * @param latency of the measured deliveries
 * @param stalls how often a client was waited for in vain, when saturating
 * @param cpu of this process, from the first event on
 * @param halted whether it was ended early
 * @param failure what ended it, or null
 */
public record BenchReport(
    BenchPlan plan,
    long connected,
    Map<String, Long> refused,
    String refusal,
    Histogram handshakes,
    Map<String, Long> closed,
    Published published,
    Delivered delivered,
    DeliveryErrors faults,
    double seconds,
    Histogram latency,
    long stalls,
    Duration cpu,
    boolean halted,
    @Nullable String failure) {

  private static final int LOST = 3;

  /**
   * What went to Redis.
   *
   * @param toNobody messages for which Redis had no subscriber
   * @param unanswered messages that Redis did not confirm
   * @param late how long after their time messages went out
   */
  public record Published(
      long events, long messages, long bytes, long toNobody, long unanswered, Histogram late) {}

  /**
   * What came to the clients, each wanted event once.
   *
   * @param expected what had to come
   * @param bytes of their messages
   */
  public record Delivered(long expected, long total, long bytes) {}

  /** Of those that are measured. */
  public double deliveriesPerSecond() {
    return latency.getTotalCount() / seconds;
  }

  public double deliveriesPerCpuSecond() {
    return delivered.total() / Math.max(0.01, cpu.toNanos() / 1e9);
  }

  /** 0 all is well, 1 not all could connect or Redis went away, 3 a fault. */
  public int exitCode() {
    if (faults.any()) {
      return LOST;
    }
    return refused.isEmpty() && failure == null ? 0 : 1;
  }
}
