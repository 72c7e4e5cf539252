/**
 * The command line: {@code run}, and the commands {@code bench}, {@code demo}, {@code publish} and
 * {@code tail}, each in its own package.
 *
 * <p>In: arguments and environment. Out: an exit code, lines on standard output and standard error.
 */
@NullMarked
package luna.sender.cli;

import org.jspecify.annotations.NullMarked;
