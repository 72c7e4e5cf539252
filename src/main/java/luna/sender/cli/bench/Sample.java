package luna.sender.cli.bench;

import org.jspecify.annotations.Nullable;

/**
 * The progress of a run and the results of its last second.
 *
 * <p>Units: latencies in nanoseconds; the delivery errors are those of the whole run.
 *
 * @param seconds time since the start of the run
 * @param open number of open connections
 * @param published number of published events
 * @param latency latency of the measured deliveries in this second; null if there are none
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
