/**
 * A client of the service for terminals and scripts: connects, prints messages, and reconnects.
 *
 * <p>In: the options of the command line ({@link luna.sender.cli.tail.TailSettings}). Out: lines on
 * standard output, and sentences about the connection on standard error.
 *
 * <p><b>Why</b>
 *
 * <ul>
 *   <li>It validates no filters: the server knows its own filters, and its messages are shown. A
 *       filter of a newer server works at once.
 *   <li>Output has a thread of its own. On the event loop, a stopped reader such as {@code less}
 *       would also stop the pongs to the server, and end the connection.
 *   <li>Messages stay bytes from the frame to the line: with {@code --json}, the output is what was
 *       published.
 * </ul>
 */
@NullMarked
package luna.sender.cli.tail;

import org.jspecify.annotations.NullMarked;
