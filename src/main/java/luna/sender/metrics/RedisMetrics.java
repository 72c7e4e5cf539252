package luna.sender.metrics;

import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import luna.sender.event.Gap;

/**
 * Measures the connections to Redis: subscriptions, lost and rejected connections, and canaries.
 *
 * <p>Owner: thread-safe.
 */
public final class RedisMetrics {
  private final AtomicInteger subscriptions;
  private final AtomicInteger connected;
  private final TaggedCounter losses;
  private final TaggedCounter refusals;
  private final Timer canary;
  private final BridgeStatus bridges = new BridgeStatus();

  RedisMetrics(Meters meters) {
    subscriptions =
        meters.gauge("luna_sender_subscriptions", "Accounts whose channel Redis has confirmed");
    connected =
        meters.gauge("luna_sender_redis_connected", "Bridges with a live connection to Redis");
    losses =
        meters.tagged("luna_sender_redis_losses", "cause", "Connections to Redis that were lost");
    losses.expect(
        Stream.of(
                Gap.Cause.REDIS_CLOSED,
                Gap.Cause.REDIS_LOST,
                Gap.Cause.REDIS_SILENT,
                Gap.Cause.CANARY_LOST)
            .map(Gap.Cause::label)
            .toList());
    refusals =
        meters.tagged(
            "luna_sender_redis_refusals",
            "reason",
            "Connections to Redis that were lost, rejected or unusable, by reason");
    canary =
        meters.timer(
            "luna_sender_canary", "Round trip of a canary: PUBLISH, subscription, event bus");
    meters.gauge(
        "luna_sender_bridges_ready",
        "Bridges that have all subscriptions and receive their canaries",
        bridges,
        BridgeStatus::ready);
  }

  public void subscriptions(int change) {
    subscriptions.addAndGet(change);
  }

  public void connected(int change) {
    connected.addAndGet(change);
  }

  /** Returns how many bridges are connected. */
  public int connected() {
    return connected.get();
  }

  /** Counts a lost connection of a bridge. */
  public void lost(String cause) {
    losses.count(cause, 1);
  }

  /**
   * Creates the counters of all reasons, so that an alert on the increase sees the first rejection.
   */
  public void expectRefusals(Collection<String> reasons) {
    refusals.expect(reasons);
  }

  /** Counts a connection to Redis that was lost, rejected or unusable. */
  public void rejected(String reason) {
    refusals.count(reason, 1);
  }

  /** Records the round trip of a canary. */
  public void canary(long nanos) {
    canary.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns the faults of the connections to Redis. */
  public BridgeStatus bridges() {
    return bridges;
  }
}
