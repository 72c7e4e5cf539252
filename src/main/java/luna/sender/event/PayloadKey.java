package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key of the payload that is read.
 *
 * <p>Shape: ASCII. Two keys are compared by their first eight bytes at once; those that differ
 * nearly always differ there.
 *
 * <p>Owner: immutable.
 */
enum PayloadKey {
  EVENTS("events"),
  HANDLER_ID("handler_id"),
  CREATE_TIME("event_create_time"),
  END_TIME("event_end_time"),
  REQUEST_ID("Luna-Request-Id"),

  EVENT_ID("event_id"),
  SOURCE("source"),
  TAGS("tags"),
  LOCATION("location"),
  CITY("city"),
  AREA("area"),
  DISTRICT("district"),
  STREET("street"),
  HOUSE_NUMBER("house_number"),
  MATCHES("matches"),
  LABEL("label"),
  CANDIDATES("candidates"),
  SIMILARITY("similarity"),
  FACE_ATTRIBUTES("face_attributes"),
  BASIC_ATTRIBUTES("basic_attributes"),
  AGE("age"),
  GENDER("gender"),
  ETHNICITIES("ethnicities"),
  PREDOMINANT_ETHNICITY("predominant_ethnicity"),
  AGGREGATE_ESTIMATIONS("aggregate_estimations"),
  FACE("face"),
  ATTRIBUTES("attributes"),
  LIVENESS("liveness"),
  PREDICTION("prediction"),
  MASK("mask"),
  PREDOMINANT_MASK("predominant_mask"),
  EMOTIONS("emotions"),
  PREDOMINANT_EMOTION("predominant_emotion");

  final String text;

  /** With the closing quote, as is all that follows. */
  @SuppressWarnings("ImmutableEnumChecker") // Never changed.
  private final byte[] bytes;

  private final long head;
  private final long headMask;

  PayloadKey(String text) {
    this.text = text;
    this.bytes = (text + '"').getBytes(StandardCharsets.US_ASCII);
    int headBytes = Math.min(bytes.length, Long.BYTES);
    this.headMask = -1L >>> (Long.BYTES - headBytes) * Byte.SIZE;
    this.head = JsonText.word(Arrays.copyOf(bytes, Long.BYTES), 0);
  }

  long head() {
    return head;
  }

  /** How long it is with its closing quote. */
  int quotedBytes() {
    return bytes.length;
  }

  /** Whether it stands at {@code start}, where {@code word} are the first eight bytes. */
  boolean standsAt(int start, long word, byte[] in) {
    return (word & headMask) == head
        && (bytes.length <= Long.BYTES
            || (start + bytes.length <= in.length
                && Arrays.equals(in, start, start + bytes.length, bytes, 0, bytes.length)));
  }
}
