/**
 * What the commands share that are clients of a service.
 *
 * <p>In: the WebSocket frames of a connection. Out: whole messages.
 */
@NullMarked
package luna.sender.cli.client;

import org.jspecify.annotations.NullMarked;
