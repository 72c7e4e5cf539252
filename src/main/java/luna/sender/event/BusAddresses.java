package luna.sender.event;

/**
 * The one spelling of every event bus address.
 *
 * <p>Owner: immutable.
 */
public final class BusAddresses {
  private static final String EVENTS = "luna.events.";
  private static final String DEMAND = "luna.demand.";
  private static final String CANARY = "luna.canary.";
  private static final String RECALL = "luna.recall.";

  /** Answers a round trip to Redis: replies the time that it took in nanoseconds, or fails. */
  public static final String HEALTH = "luna.health";

  /**
   * Publishes to Redis what the headers {@code channel} and {@code text} say; replies when it has,
   * or fails with what Redis said.
   */
  public static final String PUBLISH = "luna.publish";

  private BusAddresses() {}

  /** Where the events of an account are published; {@code account} is a lower-case UUID. */
  public static String events(String account) {
    return EVENTS + account;
  }

  /** Where the bridge with this index hears which accounts are wanted. */
  public static String demand(int bridge) {
    return DEMAND + bridge;
  }

  /** Where the bridge with this index sends what came back to it of its canary. */
  public static String canary(int bridge) {
    return CANARY + bridge;
  }

  /** Where the bridge with this index hears a {@link Recall}. */
  public static String recall(int bridge) {
    return RECALL + bridge;
  }

  /** The bridge that serves an account, of so many: the same one for ever. */
  public static int bridgeOf(String account, int bridges) {
    return Math.floorMod(account.hashCode(), bridges);
  }
}
