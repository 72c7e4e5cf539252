/**
 * A measurement of a reconnect storm: many clients lose their connections, and all of them resume
 * at once.
 *
 * <p>In: {@link luna.sender.storm.StormRun}'s arguments. Out: times and costs, and exit code 0 if
 * every client received every event once and in order.
 */
@NullMarked
package luna.sender.storm;

import org.jspecify.annotations.NullMarked;
