package luna.sender.event;

/**
 * A hub's word to a bridge: I want this account's events, or no longer.
 *
 * <p>Shape: a request to {@link BusAddresses#demand}. The reply to a wanted account comes after
 * Redis confirmed the subscription; the reply to one that is not wanted any more, at once.
 *
 * <p>Errors: the request fails with {@link #REDIS_AWAY} or {@link #REFUSED}; a hub that stops fails
 * its own handshakes with {@link #STOPPING}.
 *
 * <p>Owner: immutable.
 *
 * @param account lower-case UUID
 * @param hub identifies the hub within this process
 * @param wanted whether the hub has clients, or clients on their way, for the account
 */
public record SubscriptionRequest(String account, int hub, boolean wanted) {
  /** Failure code: no confirmed connection to Redis at the moment. */
  public static final int REDIS_AWAY = 1;

  /** Failure code: Redis answered the SUBSCRIBE with an error, as for an ACL that forbids it. */
  public static final int REFUSED = 2;

  /** Failure code: this node is going away and takes nobody in. */
  public static final int STOPPING = 3;
}
