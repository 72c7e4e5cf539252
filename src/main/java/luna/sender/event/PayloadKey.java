package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key of the payload that the parser reads.
 *
 * <p>Shape: ASCII. Keys are compared by their first eight bytes at once, where different keys
 * nearly always differ.
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

  /** The text with its closing quote; {@code head} and {@code headMask} are made of these bytes. */
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

  /** Returns the length of the key with its closing quote. */
  int quotedBytes() {
    return bytes.length;
  }

  /**
   * Returns whether the input has this key at {@code start}; {@code word} has the first eight bytes
   * from there.
   */
  boolean matchesAt(int start, long word, byte[] in) {
    return (word & headMask) == head
        && (bytes.length <= Long.BYTES
            || (start + bytes.length <= in.length
                && Arrays.equals(in, start, start + bytes.length, bytes, 0, bytes.length)));
  }
}
