package luna.sender.event;

/**
 * A hub's request to a bridge: subscribe to an account, or release it.
 *
 * <p>Shape: a request to {@link BusAddresses#subscriptionRequests}. The bridge replies to a
 * subscribe request after Redis has confirmed the subscription, and to a release immediately. With
 * history, the reply to a subscribe request is a {@link Position}: everything after it is published
 * at {@link BusAddresses#events}. Otherwise it is null.
 *
 * <p>Errors: the request fails with {@link #REDIS_UNAVAILABLE} or {@link #REJECTED}. A hub that
 * stops fails its own handshakes with {@link #STOPPING}.
 *
 * <p>See: {@code bridge.Feed} decides when a subscription is confirmed or rejected; {@code
 * api.Streams} maps the codes to responses.
 *
 * @param account lower-case UUID
 * @param hub identifies the hub within this process
 * @param subscribe true to subscribe, because the hub has clients or handshakes for the account;
 *     false to release
 */
public record SubscriptionRequest(String account, int hub, boolean subscribe) {
  /** Failure code: there is no working connection to Redis. */
  public static final int REDIS_UNAVAILABLE = 1;

  /**
   * Failure code: Redis answered the SUBSCRIBE with an error, for example because an ACL forbids
   * it.
   */
  public static final int REJECTED = 2;

  /** Failure code: this node stops and accepts no clients. */
  public static final int STOPPING = 3;
}
