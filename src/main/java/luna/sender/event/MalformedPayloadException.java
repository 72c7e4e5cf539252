package luna.sender.event;

import java.util.Locale;

/**
 * A payload, or one element of its events, that is not what the platform publishes.
 *
 * <p>Errors: counted by its reason, logged without content; the stream goes on.
 *
 * <p>Owner: immutable; has no stack trace, for a publisher can cause any number of them.
 */
public final class MalformedPayloadException extends Exception {
  private static final long serialVersionUID = 1;

  /** What was wrong; the lower-case name is the value of the metric's label. */
  public enum Reason {
    /** More bytes than {@code REDIS_DB_ADDRESS.PAYLOAD_LIMIT_BYTES}. */
    TOO_LARGE,
    /** Not UTF-8: a text frame with it would make every client close. */
    NOT_UTF8,
    /** Not JSON, or JSON that goes on after its end. */
    NOT_JSON,
    /** Nested deeper than {@link JsonScanner#MAX_DEPTH}. */
    TOO_DEEP,
    /** JSON, but not an object. */
    NOT_OBJECT,
    /** No {@code events}, or none in it. */
    NO_EVENTS,
    /** {@code events} is not an array. */
    EVENTS_NOT_ARRAY,
    /** {@code handler_id}, {@code Luna-Request-Id} or a time is no text, number or null. */
    BAD_FIELD,
    /** An element of {@code events} is not an object; the others are delivered. */
    EVENT_NOT_OBJECT;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final transient Reason reason;

  MalformedPayloadException(Reason reason) {
    super(reason.label(), null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
