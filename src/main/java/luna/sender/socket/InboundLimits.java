package luna.sender.socket;

import luna.sender.config.WsSettings;

/**
 * What a client may send: frames so often, and messages so large.
 *
 * <p>Shape: all sessions of a hub share it. Of the rate a session keeps one number, and of a
 * message an object until its end: most clients send pongs alone, which are none.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class InboundLimits {
  private static final long SECOND_NANOS = 1_000_000_000;

  /** Frames may come as many at once as in so much time. */
  private static final long BURST_NANOS = 2 * SECOND_NANOS;

  /** A message may be endless and yet have no bytes; none that ends needs so many pieces. */
  private static final int FRAGMENTS_LIMIT = 64;

  private final long frameNanos;
  private final long messageLimitBytes;

  InboundLimits(WsSettings settings) {
    this.frameNanos = SECOND_NANOS / settings.inboundFramesPerSecond();
    this.messageLimitBytes = settings.inboundMessageLimitBytes();
  }

  /**
   * A frame came: a bucket of tokens that needs neither a timer nor more than a number.
   *
   * @return when this and the frames before it would have come at the limit of their rate
   */
  long pay(long paidUntilNanos, long nowNanos) {
    return Math.max(paidUntilNanos, nowNanos) + frameNanos;
  }

  boolean isInRate(long paidUntilNanos, long nowNanos) {
    return paidUntilNanos - nowNanos <= BURST_NANOS;
  }

  Message message() {
    return new Message();
  }

  /** One message, as it comes in pieces. */
  final class Message {
    private long bytes;
    private int fragments;

    /** Whether the message is still as it may be, with one more piece. */
    boolean admits(int fragmentBytes) {
      bytes += fragmentBytes;
      fragments++;
      return bytes <= messageLimitBytes && fragments <= FRAGMENTS_LIMIT;
    }
  }
}
