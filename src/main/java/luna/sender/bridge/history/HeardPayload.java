package luna.sender.bridge.history;

import org.jspecify.annotations.Nullable;

/**
 * A payload that a recorder has received from Redis, or a gap between two of them.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class HeardPayload {
  /** How much memory a payload takes besides its bytes. */
  private static final int OVERHEAD_BYTES = 200;

  final RecordedAccount account;
  final boolean gap;

  /** When it was received, or the start of the gap. */
  final long nanos;

  /** The payload, or the text of the gap. */
  byte[] text;

  State state = State.WAITING;

  /**
   * The position in the history, if this recorder knows it. After {@link State#SENT} it is the
   * proposed one.
   */
  @Nullable String position;

  /** Whether it is in the stream. */
  enum State {
    WAITING,
    /** Sent to Redis, which has not answered yet. */
    SENT,
    APPENDED
  }

  HeardPayload(RecordedAccount account, byte[] text, boolean gap, long nanos) {
    this.account = account;
    this.text = text;
    this.gap = gap;
    this.nanos = nanos;
  }

  int bytes() {
    return text.length + OVERHEAD_BYTES;
  }

  boolean isAppended() {
    return state == State.APPENDED;
  }
}
