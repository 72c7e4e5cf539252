package luna.sender.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the connections to Redis lack, as readiness and health report it.
 *
 * <p>Shape: a condition is a text, empty if there is nothing to report.
 *
 * <p>Owner: thread-safe; each bridge reports its own condition.
 */
public final class BridgeStatus {
  private static final String AWAY = "Redis is away";

  private final Map<Integer, Condition> conditions = new TreeMap<>();
  private String commands = AWAY;

  /**
   * A bridge's condition.
   *
   * @param fault why it can serve no account, or empty
   * @param refused which of the accounts that clients want Redis refuses, or empty
   */
  public record Condition(String fault, String refused) {
    /** Before the first connection. */
    public static final Condition AWAY = new Condition(BridgeStatus.AWAY, "");

    public static final Condition GOOD = new Condition("", "");
  }

  public synchronized void report(int bridge, Condition condition) {
    conditions.put(bridge, condition);
  }

  /** Why the connection for commands is of no use, or empty. */
  public synchronized void reportCommands(String fault) {
    commands = fault;
  }

  /** How many can serve accounts. */
  public synchronized int ready() {
    return (int) conditions.values().stream().filter(one -> one.fault.isEmpty()).count();
  }

  /** Why clients should not be sent here, or empty. */
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

  /** What is wrong with the subscriptions, or empty: a fault, or accounts that Redis refuses. */
  public synchronized String subscriptionFault() {
    String faults = distinct(Condition::fault);
    return faults.isEmpty() ? distinct(Condition::refused) : faults;
  }

  private String distinct(Function<Condition, String> text) {
    return conditions.values().stream()
        .map(text)
        .filter(one -> !one.isEmpty())
        .distinct()
        .collect(Collectors.joining("; "));
  }
}
