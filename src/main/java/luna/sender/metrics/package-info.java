/**
 * Counters, gauges and timers for Prometheus, InfluxDB, {@code /healthcheck} and the probes.
 *
 * <p>In: counts and times from every other package. Out: {@code /metrics}, points, readiness,
 * liveness.
 *
 * <p>To add a counter: a field of its group, such as {@link luna.sender.metrics.EventMetrics},
 * created by {@link luna.sender.metrics.Meters}; a row in the manual's chapter {@code
 * monitoring.adoc}; and an alert or a Grafana panel where it is useful.
 *
 * <p>Why {@code matched}, {@code delivered} and {@code dropped} are counted independently: if one
 * were computed from the others, their sum would always be right and would prove nothing.
 */
@NullMarked
package luna.sender.metrics;

import org.jspecify.annotations.NullMarked;
