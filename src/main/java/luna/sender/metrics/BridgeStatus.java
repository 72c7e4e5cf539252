package luna.sender.metrics;

import java.util.Map;
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
