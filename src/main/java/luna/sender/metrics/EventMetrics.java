package luna.sender.metrics;

import io.micrometer.core.instrument.Counter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts payloads and events from Redis, and whether they were delivered, dropped or shed.
 *
 * <p>Invariant: when no event is in flight, {@code matched = delivered + dropped} (for all reasons
 * together), where each counts pairs of an event and a client; and {@code payloads} is the number
 * of valid and malformed payloads.
 *
 * <p>Owner: thread-safe.
 */
public final class EventMetrics {
  private final Counter payloads;
  private final Counter events;
  private final TaggedCounter malformed;
  private final LongAdder matched;
  private final LagHistogram lag;
  private final TaggedCounter dropped;
  private final Counter shed;
  private final Counter healed;
  private final AtomicInteger healing;

  /**
   * @param lag the histogram of deliveries
   */
  EventMetrics(Meters meters, LagHistogram lag) {
    this.lag = lag;
    payloads = meters.counter("luna_sender_payloads", "Payloads read from Redis");
    events =
        meters.counter(
            "luna_sender_events_received", "Events read from Redis, one or more a payload");
    malformed =
        meters.tagged(
            "luna_sender_malformed",
            "reason",
            "Malformed payloads, or elements of one, that were dropped");
    matched =
        meters.adder(
            "luna_sender_events_matched", "Pairs of an event and a client whose filter matched it");
    // Each delivery records a lag, so the histogram counts deliveries.
    meters.counter(
        "luna_sender_events_delivered",
        "Pairs whose frame was written to the client's socket",
        lag,
        LagHistogram::count);
    dropped =
        meters.tagged("luna_sender_events_dropped", "reason", "Pairs that were not delivered");
    shed =
        meters.counter(
            "luna_sender_events_shed",
            "Events dropped before matching, because too many were queued");
    healed =
        meters.counter(
            "luna_sender_history_healed_events",
            "Events that the subscription missed, and that were read from the history");
    healing =
        meters.gauge(
            "luna_sender_history_healing",
            "Accounts whose missed events are being read from the history");
  }

  public void payload(int eventCount) {
    payloads.increment();
    events.increment(eventCount);
  }

  /** Counts a payload that was read from the history, because the subscription missed it. */
  public void healed(int eventCount) {
    payload(eventCount);
    healed.increment(eventCount);
  }

  /** Changes how many accounts read the events that they missed. */
  public void healing(int change) {
    healing.addAndGet(change);
  }

  /** Creates the counters of all reasons. */
  public void expectMalformed(Collection<String> reasons) {
    malformed.expect(reasons);
  }

  /** Counts payloads, or elements of one, that were dropped. */
  public void malformed(String reason, int count) {
    malformed.count(reason, count);
  }

  public void matched(int clients) {
    matched.add(clients);
  }

  /** Counts a frame that was written to a socket, {@code lagNanos} after its payload arrived. */
  public void delivered(long lagNanos) {
    lag.record(lagNanos);
  }

  /** Creates the counters of all reasons for which frames are dropped. */
  public void expectDropped(Collection<String> reasons) {
    dropped.expect(reasons);
  }

  /** Counts frames that clients of the account did not get although their filters matched. */
  public void dropped(AccountCounters account, String reason, int count) {
    if (count > 0) {
      account.dropped(reason, count);
      dropped.count(reason, count);
    }
  }

  /** Counts an event that was dropped before matching. */
  public void shed(AccountCounters account) {
    account.shed();
    shed.increment();
  }
}
