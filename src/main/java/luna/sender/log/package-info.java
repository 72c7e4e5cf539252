/**
 * The log: its setup, its formats, and limits for lines that outsiders can cause.
 *
 * <p>In: a message and a reason. Out: a log line, or a count of suppressed lines.
 *
 * <p>Why its own package: most packages depend on it, and it depends on none of them but {@code
 * config}.
 */
@NullMarked
package luna.sender.log;

import org.jspecify.annotations.NullMarked;
