/**
 * The HTTP listener: one server per event loop, connection timeouts, and TLS.
 *
 * <p>In: connections. Out: requests to the router of {@code api} and {@code pages}.
 */
@NullMarked
package luna.sender.http;

import org.jspecify.annotations.NullMarked;
