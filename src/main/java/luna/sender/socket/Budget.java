package luna.sender.socket;

import java.util.function.LongConsumer;

/**
 * A bound on memory that accounts share: each may have what it needs up to its own limit, and all
 * together may have the whole. Where more is needed, the owner makes room: from whoever has most,
 * so that no account can use it up for the others.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Budget {
  /** Whoever makes room makes so much of a limit, so that it is not to be done again at once. */
  private static final int ROOM = 16;

  private final long accountLimitBytes;
  private final long wholeBytes;
  private final LongConsumer use;
  private long usedBytes;

  /**
   * @param use told of all that is taken, and with a negative number of what is given back
   */
  Budget(long accountLimitBytes, long wholeBytes, LongConsumer use) {
    this.accountLimitBytes = accountLimitBytes;
    this.wholeBytes = wholeBytes;
    this.use = use;
  }

  /** Whether all together have more than the whole. */
  boolean isOver() {
    return usedBytes > wholeBytes;
  }

  /** Whether there is some room again below the whole. */
  boolean isRelieved() {
    return usedBytes <= wholeBytes - wholeBytes / ROOM;
  }

  /** One account's part. */
  final class Part {
    private long bytes;

    /** Whether it may have so much more by its own limit. */
    boolean isWithinLimit(long more) {
      return bytes + more <= accountLimitBytes;
    }

    /** Whether so much more is left of the whole. */
    boolean hasRoom(long more) {
      return usedBytes + more <= wholeBytes;
    }

    /** Whether it has more than its own limit. */
    boolean isOver() {
      return bytes > accountLimitBytes;
    }

    /** Whether it has some room again below its own limit. */
    boolean isRelieved() {
      return bytes <= accountLimitBytes - accountLimitBytes / ROOM;
    }

    /** Takes, or with a negative number gives back. */
    void use(long more) {
      bytes += more;
      usedBytes += more;
      use.accept(more);
    }

    long bytes() {
      return bytes;
    }
  }
}
