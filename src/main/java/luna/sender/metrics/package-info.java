/**
 * Counters, gauges and timers for Prometheus, InfluxDB, {@code /healthcheck} and the probes.
 *
 * <p>In: counts and times from every other package. Out: {@code /metrics}, points, readiness,
 * liveness.
 *
 * <p>Why {@code matched}, {@code delivered} and {@code dropped} are counted independently: if one
 * were computed from the others, their sum would always be right and would prove nothing.
 */
@NullMarked
package luna.sender.metrics;

import org.jspecify.annotations.NullMarked;
