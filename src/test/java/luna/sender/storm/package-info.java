/**
 * A measurement of a reconnect storm on the packaged service: most clients lose their connections,
 * stay away for a while, and resume. The storm itself is that of {@code bench --storm}.
 *
 * <p>In: {@link luna.sender.storm.StormRun}'s arguments. Out: the report of {@code bench}, the CPU
 * time of the node and the commands at Redis, and the exit code of {@code bench}.
 */
@NullMarked
package luna.sender.storm;

import org.jspecify.annotations.NullMarked;
