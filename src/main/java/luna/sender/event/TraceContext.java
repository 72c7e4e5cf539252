package luna.sender.event;

/**
 * The place of an event in the trace of its payload: what comes of it is told below this.
 *
 * <p>Shape: the ids of W3C Trace Context, 32 and 16 hexadecimal digits.
 *
 * <p>Owner: immutable; crosses event loops with its event.
 *
 * @param spanId of the payload's receipt
 */
public record TraceContext(String traceId, String spanId) {}
