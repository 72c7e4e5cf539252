/**
 * OpenTelemetry traces of handshakes and of a sample of payloads.
 *
 * <p>In: payload and delivery times. Out: spans, exported in batches.
 */
@NullMarked
package luna.sender.trace;

import org.jspecify.annotations.NullMarked;
