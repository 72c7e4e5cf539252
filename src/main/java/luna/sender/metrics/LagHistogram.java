package luna.sender.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram of the time that events spend in this process, with one value for each delivery.
 *
 * <p>Units: recorded in nanoseconds, exported in seconds.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Why not Micrometer's timer: it maintains a maximum and a count per time window for each of its
 * registries, which costs more than all other bookkeeping of a delivery.
 */
final class LagHistogram implements Collector {
  private static final double[] BOUNDS_SECONDS = {
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, Double.POSITIVE_INFINITY
  };
  private static final long[] BOUNDS_NANOS = nanos();

  private final LongAdder[] counts = new LongAdder[BOUNDS_NANOS.length];
  private final LongAdder sumNanos = new LongAdder();

  LagHistogram() {
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  void record(long nanos) {
    int bucket = 0;
    while (nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sumNanos.add(nanos);
  }

  long count() {
    long count = 0;
    for (LongAdder bucket : counts) {
      count += bucket.sum();
    }
    return count;
  }

  double sumNanos() {
    return sumNanos.sum();
  }

  @Override
  public MetricSnapshot collect() {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < counts.length; i++) {
      buckets.bucket(BOUNDS_SECONDS[i], counts[i].sum());
    }
    return HistogramSnapshot.builder()
        .name("luna_sender_delivery_lag_seconds")
        .help(
            "Time from receiving the payload from Redis to writing its frame to the client's socket")
        .dataPoint(
            HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets.build())
                .sum(sumNanos.sum() / 1e9)
                .build())
        .build();
  }

  private static long[] nanos() {
    long[] nanos = new long[BOUNDS_SECONDS.length];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = (long) (BOUNDS_SECONDS[i] * 1e9);
    }
    return nanos;
  }
}
