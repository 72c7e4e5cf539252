package luna.sender.metrics;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the recorder of this node.
 *
 * <p>Owner: thread-safe.
 */
public final class RecorderMetrics {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AtomicInteger enabled;
  private final AtomicInteger subscribed;
  private final AtomicInteger leads;
  private final LongAdder appended;
  private final LongAdder restored;
  private final LongAdder gaps;
  private final LongAdder takeovers;

  /** When the oldest payload was received that is not appended yet; 0 if there is none. */
  private volatile long oldestNanos;

  /** Why events do not arrive; empty if they do, or if the reason is not known. */
  private volatile String fault = "";

  /** What the recorder of this node does. */
  public enum State {
    /** The node cannot be the recorder. */
    OFF,
    /** The node does not receive the events, so it cannot take over. */
    NOT_SUBSCRIBED,
    /** The node receives the events, and another one can be the recorder. */
    STANDBY,
    LEADER;

    /** Returns the name that operators see. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  RecorderMetrics(Meters meters) {
    enabled =
        meters.gauge("luna_sender_history_recorder_enabled", "1 if this node can be the recorder");
    subscribed =
        meters.gauge(
            "luna_sender_history_recorder_subscribed",
            "1 if this node receives the events of all accounts for the recorder");
    leads =
        meters.gauge(
            "luna_sender_history_recorder", "1 if this node records events into the history");
    appended = meters.adder("luna_sender_history_entries", "Payloads that this node has recorded");
    restored =
        meters.adder(
            "luna_sender_history_restored",
            "Entries that a new master of Redis lacked, and that this node has restored");
    gaps = meters.adder("luna_sender_history_gaps", "Gaps that this node has recorded");
    takeovers =
        meters.adder("luna_sender_history_takeovers", "How often this node became the recorder");
    meters.gauge(
        "luna_sender_history_recorder_lag_seconds",
        "Age of the oldest payload that is not recorded yet",
        this,
        RecorderMetrics::lag);
  }

  /** Records that this node can be the recorder. */
  public void enable() {
    enabled.set(1);
  }

  /** Records that events arrive. */
  public void subscribed() {
    fault = "";
    subscribed.set(1);
  }

  /**
   * Records that events do not arrive.
   *
   * @param why empty if it is not known yet
   */
  public void notSubscribed(String why) {
    subscribed.set(0);
    fault = why;
  }

  /** Returns what the recorder does. */
  public State state() {
    if (leads()) {
      return State.LEADER;
    }
    if (subscribed.get() == 1) {
      return State.STANDBY;
    }
    return enabled.get() == 1 ? State.NOT_SUBSCRIBED : State.OFF;
  }

  /** Returns why events do not arrive; empty if they do, or if the reason is not known. */
  public String fault() {
    return fault;
  }

  /** Sets whether this node is the recorder. */
  public void leads(boolean now) {
    leads.set(now ? 1 : 0);
    if (now) {
      takeovers.increment();
    } else {
      oldestNanos = 0;
    }
  }

  /** Returns whether this node is the recorder. */
  public boolean leads() {
    return leads.get() == 1;
  }

  /** Counts a recorded payload. */
  public void appended() {
    appended.increment();
  }

  /** Returns how many payloads this node has recorded. */
  public long entries() {
    return appended.sum();
  }

  /** Counts a recorded gap. */
  public void gap() {
    gaps.increment();
  }

  /** Returns how many entries this node has restored. */
  public long restored() {
    return restored.sum();
  }

  /** Counts restored entries. */
  public void restored(int entries) {
    restored.add(entries);
  }

  /**
   * Sets when the oldest payload was received that is not appended yet.
   *
   * @param nanos by {@link System#nanoTime}; 0 if there is none
   */
  public void oldest(long nanos) {
    oldestNanos = nanos;
  }

  /** Returns the age of the oldest payload that is not recorded yet, in seconds. */
  public double lag() {
    long oldest = oldestNanos;
    return oldest == 0 ? 0 : Math.max(0, System.nanoTime() - oldest) / NANOS;
  }
}
