package luna.sender.event;

/**
 * The position of an event in the trace of its payload: the parent of its later spans.
 *
 * <p>Shape: the ids of W3C Trace Context, 32 and 16 hexadecimal digits.
 *
 * <p>Owner: thread-safe, because it is immutable; crosses event loops with its event.
 *
 * @param spanId the id of the payload's {@code receive} span
 */
public record TraceContext(String traceId, String spanId) {}
