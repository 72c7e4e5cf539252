package luna.sender.metrics;

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

  private final AtomicInteger leads;
  private final LongAdder appended;
  private final LongAdder restored;
  private final LongAdder gaps;
  private final LongAdder takeovers;

  /** When the oldest payload was received that is not appended yet; 0 if there is none. */
  private volatile long oldestNanos;

  RecorderMetrics(Meters meters) {
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

  private double lag() {
    long oldest = oldestNanos;
    return oldest == 0 ? 0 : Math.max(0, System.nanoTime() - oldest) / NANOS;
  }
}
