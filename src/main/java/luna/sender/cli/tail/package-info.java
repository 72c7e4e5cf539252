/**
 * A client of the service for people and shells: connects, prints what comes, and connects again.
 *
 * <p>In: what the command line says ({@link luna.sender.cli.tail.TailSettings}). Out: lines on
 * standard output, and sentences about the connection for standard error.
 *
 * <p><b>Why</b>
 *
 * <ul>
 *   <li>It checks no filter: whatever server it talks to knows its own filters, and its words are
 *       shown. A newer server's filter works at once.
 *   <li>Printing has a thread of its own. On the event loop, a reader such as {@code less} that
 *       stops would stop the answers to the server's pings too, and end the connection.
 *   <li>What comes is held in bytes from the frame to the line: with {@code --json}, the line is
 *       what was published.
 * </ul>
 */
@NullMarked
package luna.sender.cli.tail;

import org.jspecify.annotations.NullMarked;
