package luna.sender.bridge.history;

import luna.sender.event.DualTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * The state of a sharded channel that a recorder subscribes to.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class ShardedChannel {
  final String name;
  final String account;

  /** The {@code host:port} of the master that is subscribed, or will be; null if it is unknown. */
  @Nullable String master;

  boolean confirmed;

  /** When the last SSUBSCRIBE was sent. */
  long requestedNanos;

  /** What was published before has arrived; null if nothing is missing. */
  @Nullable DualTimestamp missingSince;

  ShardedChannel(String name, String account) {
    this.name = name;
    this.account = account;
  }

  /**
   * Records that the channel is not subscribed at its master any more. Returns whether it was.
   *
   * @param completeUntil what was published before has arrived
   * @param counts whether events that are missed from now on are missing
   */
  boolean lost(DualTimestamp completeUntil, boolean counts) {
    boolean was = confirmed;
    confirmed = false;
    if (was && counts && missingSince == null) {
      missingSince = completeUntil;
    }
    return was;
  }
}
