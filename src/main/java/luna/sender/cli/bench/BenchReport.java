package luna.sender.cli.bench;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The results of a run.
 *
 * <p>Units: histograms in nanoseconds.
 *
 * <p>Owner: immutable, unless the histograms are modified.
 *
 * @param connected clients connected at the beginning
 * @param refused failed handshakes, by reason
 * @param refusal the server's response to the first rejected handshake
 * @param closed connections closed by the server, by close code
 * @param seconds from the scheduled time of the first measured event to the last delivery
 * @param latency latency of the measured deliveries
 * @param stalls how often waiting for a client timed out, when saturating
 * @param cpu CPU time of this process, from the first event on
 * @param halted whether the run was ended early
 * @param failure what ended the run, or null
 * @param storm the results of the reconnect storm, or null if there was none
 */
public record BenchReport(
    BenchPlan plan,
    long connected,
    Map<String, Long> refused,
    String refusal,
    Handshakes handshakes,
    Map<String, Long> closed,
    Published published,
    Delivered delivered,
    DeliveryErrors faults,
    double seconds,
    Histogram latency,
    long stalls,
    Duration cpu,
    boolean halted,
    @Nullable String failure,
    @Nullable StormReport storm) {

  private static final int LOST = 3;

  /**
   * The messages published to Redis.
   *
   * @param toNobody messages for which Redis had no subscriber
   * @param unanswered messages that Redis did not confirm
   * @param late delay of messages after their scheduled time
   */
  public record Published(
      long events, long messages, long bytes, long toNobody, long unanswered, Histogram late) {}

  /**
   * The deliveries to the clients, each wanted event once.
   *
   * @param expected the expected number
   * @param bytes size of their messages
   */
  public record Delivered(long expected, long total, long bytes) {}

  /** Returns the rate of the measured deliveries. */
  public double deliveriesPerSecond() {
    return latency.getTotalCount() / seconds;
  }

  public double deliveriesPerCpuSecond() {
    return delivered.total() / Math.max(0.01, cpu.toNanos() / 1e9);
  }

  /**
   * Returns 0 for success, 1 if a client could not connect or did not come back, or Redis failed, 3
   * for delivery errors.
   */
  public int exitCode() {
    if (faults.any()) {
      return LOST;
    }
    boolean allConnected = refused.isEmpty() && (storm == null || storm.isComplete());
    return allConnected && failure == null ? 0 : 1;
  }
}
