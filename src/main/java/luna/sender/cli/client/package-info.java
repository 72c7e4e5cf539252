/**
 * Code that is shared by the commands that connect to a service.
 *
 * <p>In: the WebSocket frames of a connection; the responses to failed handshakes. Out: whole
 * messages; the delay before the next attempt.
 */
@NullMarked
package luna.sender.cli.client;

import org.jspecify.annotations.NullMarked;
