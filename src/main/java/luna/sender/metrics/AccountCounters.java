package luna.sender.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What became of one account's events in this process.
 *
 * <p>Shape: the identities that hold whenever nothing is on its way: {@code received = matched +
 * unmatched} and {@code matched = delivered + dropped} (of all reasons). All of these count pairs
 * of an event and a client that was there; {@code events} and {@code shed} count events.
 *
 * <p>Owner: thread-safe.
 */
public final class AccountCounters {
  final String account;

  /** Whether the account has series of its own, from its book's first moment to its last. */
  final boolean named;

  /** What InfluxDB is told of deliveries, or null if it is told nothing. */
  final @Nullable DeliveryTimes transport;

  /** Hubs that have the account. */
  int holders;

  private final LongAdder events = new LongAdder();
  private final LongAdder shed = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder matched = new LongAdder();
  private final LongAdder unmatched = new LongAdder();
  private final LongAdder delivered = new LongAdder();
  private final ConcurrentMap<String, LongAdder> dropped = new ConcurrentHashMap<>();

  AccountCounters(String account, boolean named, @Nullable DeliveryTimes transport) {
    this.account = account;
    this.named = named;
    this.transport = transport;
  }

  /** Events that a bridge has read from Redis. */
  public void events(int count) {
    events.add(count);
  }

  /** An event was left out on one event loop, for too many were waiting there. */
  public void shed() {
    shed.increment();
  }

  /** An event was held against the filters of so many clients. */
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
   * Frames were taken by a socket.
   *
   * @param lagNanos of all of them together, from Redis on
   * @param longestNanos of one of them
   */
  public void delivered(int frames, long lagNanos, long longestNanos) {
    delivered.add(frames);
    if (transport != null) {
      transport.add(frames, lagNanos, longestNanos);
    }
  }

  void dropped(String reason, int frames) {
    dropped.computeIfAbsent(reason, absent -> new LongAdder()).add(frames);
  }

  /** The counts as they are now. */
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
        reasons);
  }

  /**
   * One account's counts.
   *
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
      Map<String, Long> dropped) {

    /** The two together, under a name. */
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
          reasons);
    }

    /** Whether every pair has its place in the books. */
    public boolean balance() {
      long lost = dropped.values().stream().mapToLong(Long::longValue).sum();
      return received == matched + unmatched && matched == delivered + lost;
    }
  }
}
