/**
 * Counters, gauges and times: for Prometheus, for InfluxDB, for {@code /healthcheck} and the
 * probes.
 *
 * <p>In: counts and times from every other package. Out: {@code /metrics}, points, readiness,
 * liveness.
 *
 * <p>Why {@code matched}, {@code delivered} and {@code dropped} are counted independently: an
 * invariant that is derived cannot fail, and proves nothing.
 */
@NullMarked
package luna.sender.metrics;

import org.jspecify.annotations.NullMarked;
