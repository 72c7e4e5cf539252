package luna.sender.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts one account's events in this process by outcome.
 *
 * <p>Invariant: when no event is in flight, {@code received = matched + unmatched} and {@code
 * matched = delivered + dropped} (for all reasons together). These count pairs of an event and a
 * connected client; {@code events} and {@code shed} count events.
 *
 * <p>Owner: thread-safe.
 */
public final class AccountCounters {
  final String account;

  /** Whether the account has its own metric series. This never changes. */
  final boolean named;

  /** The delivery times for InfluxDB, or null if it is not configured. */
  final @Nullable DeliveryTimes deliveryTimes;

  /** The number of hubs that use these counters. */
  int users;

  /** What Redis was last seen to store; null if the account was not sampled. */
  private volatile @Nullable Stored stored;

  private final EventRate rate = new EventRate(System.nanoTime());
  private final LongAdder events = new LongAdder();
  private final LongAdder shed = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder matched = new LongAdder();
  private final LongAdder unmatched = new LongAdder();
  private final LongAdder delivered = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final ConcurrentMap<String, LongAdder> dropped = new ConcurrentHashMap<>();

  AccountCounters(String account, boolean named, @Nullable DeliveryTimes deliveryTimes) {
    this.account = account;
    this.named = named;
    this.deliveryTimes = deliveryTimes;
  }

  /** Counts events that a bridge has read from Redis. */
  public void events(int count) {
    events.add(count);
  }

  /** Counts an event that one event loop shed, because too many events were queued there. */
  public void shed() {
    shed.increment();
  }

  /** Counts an event that was tested by the filters of this many clients. */
  public void received(int clients) {
    received.add(clients);
  }

  public void matched(int clients) {
    matched.add(clients);
  }

  public void unmatched(int clients) {
    unmatched.add(clients);
  }

  /**
   * Counts frames that were written to a socket.
   *
   * @param lagNanos the sum of their delays since they were received from Redis
   * @param longestNanos the longest of these delays
   */
  public void delivered(int frames, long lagNanos, long longestNanos) {
    delivered.add(frames);
    if (deliveryTimes != null) {
      deliveryTimes.add(frames, lagNanos, longestNanos);
    }
  }

  void dropped(String reason, int frames) {
    dropped.computeIfAbsent(reason, absent -> new LongAdder()).add(frames);
  }

  /** Counts a gap that has ended. */
  void gap() {
    gaps.increment();
  }

  void sampleRate(long nanos) {
    rate.sample(nanos, events.sum());
  }

  /** Returns the recent rate of {@link #events}. */
  double eventsPerSecond(long nanos) {
    return rate.perSecond(nanos, events.sum());
  }

  /** The size of an account's history in Redis. */
  record Stored(long entries, long bytes) {}

  void stored(long entries, long bytes) {
    stored = new Stored(entries, bytes);
  }

  @Nullable Stored stored() {
    return stored;
  }

  /** Returns the current counts. */
  public Sums sums() {
    Map<String, Long> reasons = new TreeMap<>();
    dropped.forEach((reason, count) -> reasons.put(reason, count.sum()));
    return new Sums(
        account,
        events.sum(),
        shed.sum(),
        received.sum(),
        matched.sum(),
        unmatched.sum(),
        delivered.sum(),
        gaps.sum(),
        reasons);
  }

  /**
   * One account's counts.
   *
   * @param gaps ended gaps in which events may have been lost
   * @param dropped by reason
   */
  public record Sums(
      String account,
      long events,
      long shed,
      long received,
      long matched,
      long unmatched,
      long delivered,
      long gaps,
      Map<String, Long> dropped) {

    /** Returns the sum of both, under {@code name}. */
    Sums plus(Sums other, String name) {
      Map<String, Long> reasons = new TreeMap<>(dropped);
      other.dropped.forEach((reason, count) -> reasons.merge(reason, count, Long::sum));
      return new Sums(
          name,
          events + other.events,
          shed + other.shed,
          received + other.received,
          matched + other.matched,
          unmatched + other.unmatched,
          delivered + other.delivered,
          gaps + other.gaps,
          reasons);
    }

    /** Returns whether every pair is counted by exactly one outcome. */
    public boolean balance() {
      long lost = dropped.values().stream().mapToLong(Long::longValue).sum();
      return received == matched + unmatched && matched == delivered + lost;
    }
  }
}
