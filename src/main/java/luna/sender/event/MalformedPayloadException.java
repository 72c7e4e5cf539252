package luna.sender.event;

import java.util.Locale;

/**
 * Reports a payload, or one element of its events, that does not have the format of the platform.
 *
 * <p>See: {@code bridge.RedisBridge} counts it by reason, logs it without content, and continues.
 *
 * <p>Why it has no stack trace: a publisher can cause any number of them.
 */
public final class MalformedPayloadException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is wrong with the payload. The lower-case name is the value of the metric's label. */
  public enum Reason {
    /** More bytes than {@code REDIS_DB_ADDRESS.PAYLOAD_LIMIT_BYTES}. */
    TOO_LARGE,
    /** Not UTF-8. A text frame with such bytes would make every client close its connection. */
    NOT_UTF8,
    /** Not JSON, or more bytes after the JSON value. */
    NOT_JSON,
    /** Nested deeper than {@link JsonScanner#MAX_DEPTH}. */
    TOO_DEEP,
    /** JSON, but not an object. */
    NOT_OBJECT,
    /** No {@code events}, or an empty array. */
    NO_EVENTS,
    /** {@code events} is not an array. */
    EVENTS_NOT_ARRAY,
    /**
     * {@code handler_id}, {@code Luna-Request-Id} or a time is neither text nor number nor null.
     */
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
