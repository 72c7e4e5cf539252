package luna.sender.bridge;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.log.RateLimitedLog;

/**
 * The channels that a former master has not confirmed. <i>Missing</i> means: confirmed by the new
 * master, but not by the former one, which rejects the SUBSCRIBE or is slow. The channel's events
 * on the former master are then lost.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class FormerSubscriptions {
  private static final RateLimitedLog LOG = RateLimitedLog.of(RedisLink.class);

  /** The interval at which SUBSCRIBE is retried for missing channels. */
  private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  private final String server;
  private final Set<String> unconfirmed = new HashSet<>();
  private final Set<String> missing = new HashSet<>();
  private long retryNanos = System.nanoTime();

  /**
   * @param server the {@code host:port} of the former master, for the log
   */
  FormerSubscriptions(String server) {
    this.server = server;
  }

  /** Records that a SUBSCRIBE is sent. */
  void requested(String channel) {
    unconfirmed.add(channel);
  }

  /** Records that events of a requested channel are missing until it is confirmed. */
  void missing(String channel) {
    missing.add(channel);
    retryNanos = System.nanoTime() + RETRY_NANOS;
  }

  /**
   * Records that the former master has confirmed the channel, or that it is unsubscribed. Returns
   * whether it was the last missing channel.
   */
  boolean confirmed(String channel) {
    unconfirmed.remove(channel);
    return missing.remove(channel) && missing.isEmpty();
  }

  /** Records that the new master has confirmed the channel. */
  void confirmedByNewMaster(String channel) {
    if (unconfirmed.contains(channel) && missing.add(channel)) {
      LOG.atWarn("missing")
          .addKeyValue("server", server)
          .log("A replaced master of Redis has not confirmed a subscription; its events are lost");
    }
  }

  boolean anyMissing() {
    return !missing.isEmpty();
  }

  /** Returns the missing channels if their retry is due; otherwise none. */
  List<String> takeDue(long now) {
    if (missing.isEmpty() || now - retryNanos < 0) {
      return List.of();
    }
    retryNanos = now + RETRY_NANOS;
    return List.copyOf(missing);
  }
}
