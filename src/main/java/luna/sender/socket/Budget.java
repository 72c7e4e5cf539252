package luna.sender.socket;

import java.util.function.LongConsumer;

/**
 * A bound on memory that accounts share, and that no account can use up for the others: each may
 * have what it needs up to its own limit; when all together have used the whole, nobody gets more
 * than an equal part.
 *
 * <p>Units: bytes. The sum can exceed the whole by what those have who took it while there was
 * room: it is never above twice the whole.
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
  private int users;

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

    /** Whether it may have so much more. */
    boolean hasRoom(long more) {
      long wanted = bytes + more;
      return wanted <= accountLimitBytes
          && (usedBytes + more <= wholeBytes
              || (wanted <= wholeBytes / Math.max(1, users) && usedBytes + more <= 2 * wholeBytes));
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
      if (bytes == 0 && more > 0) {
        users++;
      } else if (bytes > 0 && bytes + more == 0) {
        users--;
      }
      bytes += more;
      usedBytes += more;
      use.accept(more);
    }

    long bytes() {
      return bytes;
    }

    long limitBytes() {
      return accountLimitBytes;
    }
  }
}
