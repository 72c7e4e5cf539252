/**
 * Code that is shared by the commands that connect to a service.
 *
 * <p>In: the WebSocket frames of a connection. Out: whole messages.
 */
@NullMarked
package luna.sender.cli.client;

import org.jspecify.annotations.NullMarked;
