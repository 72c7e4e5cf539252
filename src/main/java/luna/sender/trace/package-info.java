/**
 * OpenTelemetry traces of handshakes and of a sample of payloads.
 *
 * <p>In: the start and the end of each step. Out: spans, exported in batches.
 */
@NullMarked
package luna.sender.trace;

import org.jspecify.annotations.NullMarked;
