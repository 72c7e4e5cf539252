package luna.sender.socket;

import java.util.function.LongConsumer;

/**
 * A memory limit that accounts share. Each account has its own limit, and all accounts together
 * have a total limit. When a limit is exceeded, the owner of the budget frees memory of the largest
 * user, so no account can use up the memory of the others.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Budget {
  /**
   * Freeing memory frees at least this fraction of a limit, so it does not have to run again
   * immediately.
   */
  private static final int SLACK_DIVISOR = 16;

  private final long accountLimitBytes;
  private final long totalLimitBytes;
  private final LongConsumer onChange;
  private long usedBytes;

  /**
   * @param onChange receives each change in bytes, negative for released memory
   */
  Budget(long accountLimitBytes, long totalLimitBytes, LongConsumer onChange) {
    this.accountLimitBytes = accountLimitBytes;
    this.totalLimitBytes = totalLimitBytes;
    this.onChange = onChange;
  }

  /** Returns whether all accounts together exceed the total limit. */
  boolean isOver() {
    return usedBytes > totalLimitBytes;
  }

  /** Returns whether at least 1/16 of the total limit is free. */
  boolean hasSlack() {
    return usedBytes <= totalLimitBytes - totalLimitBytes / SLACK_DIVISOR;
  }

  /** One account's share of the budget. */
  final class Part {
    private long bytes;

    /**
     * Returns whether {@code more} bytes fit into this account's own limit, regardless of the
     * total.
     */
    boolean isWithinLimit(long more) {
      return bytes + more <= accountLimitBytes;
    }

    /**
     * Returns whether {@code more} bytes fit into the total limit, regardless of this account's own
     * limit.
     *
     * <p>Example: with a total limit of 100, if one account uses 60, {@code hasRoom(40)} is true
     * for every account, and {@code hasRoom(41)} is false.
     */
    boolean hasRoom(long more) {
      return usedBytes + more <= totalLimitBytes;
    }

    /** Returns whether this account exceeds its own limit. */
    boolean isOver() {
      return bytes > accountLimitBytes;
    }

    /** Returns whether at least 1/16 of this account's own limit is free. */
    boolean hasSlack() {
      return bytes <= accountLimitBytes - accountLimitBytes / SLACK_DIVISOR;
    }

    /** Adds to the used bytes; a negative number releases memory. */
    void use(long more) {
      bytes += more;
      usedBytes += more;
      onChange.accept(more);
    }

    long bytes() {
      return bytes;
    }
  }
}
