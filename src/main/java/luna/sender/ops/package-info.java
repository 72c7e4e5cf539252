/**
 * What an operator sees: metrics and logs. Every other package may report here.
 *
 * <p>In: counts and times. Out: {@code /metrics}, points for InfluxDB if configured, the log.
 *
 * <p>Why the books are counters and not derived: {@code matched = delivered + dropped} must be able
 * to fail, or it proves nothing.
 */
@NullMarked
package luna.sender.ops;

import org.jspecify.annotations.NullMarked;
