package luna.sender.metrics;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The faults of the connections to Redis, for readiness and health.
 *
 * <p>Shape: a fault is a text, empty if there is none.
 *
 * <p>Owner: thread-safe; each bridge reports its own condition.
 */
public final class BridgeStatus {
  private static final String UNAVAILABLE = "Redis is unavailable";

  private final Map<Integer, Condition> conditions = new TreeMap<>();
  private String commands = UNAVAILABLE;

  /** The connections whose first attempt to connect has not ended. */
  private final Set<String> connecting = new HashSet<>();

  /**
   * The condition of a bridge.
   *
   * @param fault why it can serve no account, or empty
   * @param rejected which subscribed accounts Redis rejects, or empty
   */
  public record Condition(String fault, String rejected) {
    /** The condition before the first connection. */
    public static final Condition UNAVAILABLE = new Condition(BridgeStatus.UNAVAILABLE, "");

    public static final Condition GOOD = new Condition("", "");
  }

  /** Records that a connection is opened for the first time. */
  public synchronized void connecting(String connection) {
    connecting.add(connection);
  }

  /** Records that an attempt to open a connection has ended, whether it is open or not. */
  public synchronized void attempted(String connection) {
    connecting.remove(connection);
  }

  /** Returns whether a first attempt to connect has not ended. */
  public synchronized boolean isConnecting() {
    return !connecting.isEmpty();
  }

  public synchronized void report(int bridge, Condition condition) {
    conditions.put(bridge, condition);
  }

  /** Sets why the connection for commands does not work, or empty if it works. */
  public synchronized void reportCommands(String fault) {
    commands = fault;
  }

  /** Returns how many bridges can serve accounts. */
  public synchronized int ready() {
    return (int) conditions.values().stream().filter(one -> one.fault.isEmpty()).count();
  }

  /** Returns why this node should get no clients, or an empty text. */
  public synchronized String fault() {
    int ready = ready();
    if (ready < conditions.size() || conditions.isEmpty()) {
      String faults = distinct(Condition::fault);
      return ready
          + " of "
          + conditions.size()
          + " bridges ready"
          + (faults.isEmpty() ? "" : ": " + faults);
    }
    return commands.isEmpty() ? "" : "commands: " + commands;
  }

  /**
   * Returns what is wrong with the subscriptions: a fault, or rejected accounts, or an empty text.
   */
  public synchronized String subscriptionFault() {
    String faults = distinct(Condition::fault);
    return faults.isEmpty() ? distinct(Condition::rejected) : faults;
  }

  private String distinct(Function<Condition, String> text) {
    return conditions.values().stream()
        .map(text)
        .filter(one -> !one.isEmpty())
        .distinct()
        .collect(Collectors.joining("; "));
  }
}
