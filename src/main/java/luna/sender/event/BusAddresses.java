package luna.sender.event;

/** The event bus addresses. */
public final class BusAddresses {
  private static final String EVENTS = "luna.events.";
  private static final String SUBSCRIPTION_REQUESTS = "luna.subscription_requests.";
  private static final String CANARY = "luna.canary.";
  private static final String RECALL = "luna.recall.";
  private static final String HISTORY = "luna.history.";
  private static final String HISTORY_CONNECTED = "luna.history_connected.";

  /**
   * Measures a round trip to Redis. The reply is the duration in nanoseconds; the request fails if
   * Redis does not answer.
   */
  public static final String HEALTH = "luna.health";

  /**
   * Publishes the body to the Redis channel in the header {@code channel}. The reply is empty; the
   * request fails with the error of Redis.
   */
  public static final String PUBLISH = "luna.publish";

  /**
   * Publishes the body, a payload, to the Redis channel of the account in the header {@code
   * account}. The reply is the number of connections that received it; the request fails with the
   * error of Redis, and if too many payloads are being published.
   */
  public static final String PUBLISH_PAYLOAD = "luna.publish_payload";

  /**
   * Asks the other nodes. The body has the {@code question}, for {@link #NODE_QUESTIONS} of each,
   * and {@code wait_millis}. The reply has their {@code answers}, and in {@code nodes} which of
   * them have answered.
   */
  public static final String ASK_NODES = "luna.ask_nodes";

  /** Answers a question of another node. Question and answer are JSON. */
  public static final String NODE_QUESTIONS = "luna.node_questions";

  private BusAddresses() {}

  /**
   * Returns the address at which the events of an account are published; {@code account} is a
   * lower-case UUID.
   */
  public static String events(String account) {
    return EVENTS + account;
  }

  /**
   * Returns the address at which the bridge with this index receives {@link SubscriptionRequest}s.
   */
  public static String subscriptionRequests(int bridge) {
    return SUBSCRIPTION_REQUESTS + bridge;
  }

  /**
   * Returns the address at which the bridge with this index publishes its canaries after they came
   * back from Redis.
   */
  public static String canary(int bridge) {
    return CANARY + bridge;
  }

  /**
   * Returns the address at which the bridge with this index receives {@link StoredEventRequest}s.
   */
  public static String recall(int bridge) {
    return RECALL + bridge;
  }

  /**
   * Returns the address at which the history reader with this index receives {@link
   * HistoryRequest}s. It serves the same accounts as the bridge with this index.
   */
  public static String history(int bridge) {
    return HISTORY + bridge;
  }

  /**
   * Returns the address at which the history reader with this index reports that it is connected
   * again.
   */
  public static String historyConnected(int bridge) {
    return HISTORY_CONNECTED + bridge;
  }

  /**
   * Returns the index of the bridge that serves an account. It depends only on the account and the
   * number of bridges.
   */
  public static int bridgeOf(String account, int bridges) {
    return Math.floorMod(account.hashCode(), bridges);
  }
}
