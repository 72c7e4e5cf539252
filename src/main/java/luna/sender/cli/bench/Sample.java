package luna.sender.cli.bench;

import org.jspecify.annotations.Nullable;

/**
 * How a run stands, and what its last second was like.
 *
 * <p>Units: latencies in nanoseconds; the counts at the end are of the whole run.
 *
 * <p>Owner: immutable.
 *
 * @param seconds since the run began
 * @param open connections
 * @param published events
 * @param latency of what was delivered in this second and is measured; null without any
 */
public record Sample(
    double seconds,
    long open,
    long published,
    double deliveriesPerSecond,
    @Nullable Latency latency,
    DeliveryErrors faults) {

  /** Two percentiles. */
  public record Latency(long p50, long p99) {}
}
