package luna.sender.socket;

import luna.sender.config.WsSettings;

/**
 * Limits the frame rate and the message size of clients.
 *
 * <p>How: shared by all sessions of a hub. A session stores one number for its rate, and an object
 * per incomplete message. Most clients only send pongs, which are not messages.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class InboundLimits {
  private static final long SECOND_NANOS = 1_000_000_000;

  /** A burst may have as many frames as this period allows. */
  private static final long BURST_NANOS = 2 * SECOND_NANOS;

  /** Stops an endless message of empty fragments; a valid one needs fewer fragments. */
  private static final int FRAGMENTS_LIMIT = 64;

  private final long frameNanos;
  private final long messageLimitBytes;

  InboundLimits(WsSettings settings) {
    this.frameNanos = SECOND_NANOS / settings.inboundFramesPerSecond();
    this.messageLimitBytes = settings.inboundMessageLimitBytes();
  }

  /**
   * Counts a frame with the generic cell rate algorithm (GCRA), a token bucket that needs no timer
   * and only one number per client.
   *
   * @return when this frame would have arrived if all frames came exactly at the rate limit
   */
  long arrivalAtLimit(long theoreticalArrivalNanos, long nowNanos) {
    return Math.max(theoreticalArrivalNanos, nowNanos) + frameNanos;
  }

  boolean isWithinRate(long theoreticalArrivalNanos, long nowNanos) {
    return theoreticalArrivalNanos - nowNanos <= BURST_NANOS;
  }

  Message message() {
    return new Message();
  }

  /** One message, which arrives in fragments. */
  final class Message {
    private long bytes;
    private int fragments;

    /** Counts a fragment. Returns whether the message is still within the limits. */
    boolean admits(int fragmentBytes) {
      bytes += fragmentBytes;
      fragments++;
      return bytes <= messageLimitBytes && fragments <= FRAGMENTS_LIMIT;
    }
  }
}
