package luna.sender.bridge;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one feed by channel, with their states: requested, confirmed, rejected, or
 * with an open gap. It maintains the metric of confirmed subscriptions.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Subscriptions {
  private final Metrics metrics;
  private final Map<String, Subscription> byChannel = new HashMap<>();

  /**
   * Sent SUBSCRIBEs without an answer, including the canary's. Redis answers them in this order.
   */
  private final Deque<Subscription> requested = new ArrayDeque<>();

  /** Subscriptions with an open gap. */
  private final Set<Subscription> withGap = new LinkedHashSet<>();

  /** Subscriptions that Redis rejected last, with its error. */
  private final Map<Subscription, String> rejected = new LinkedHashMap<>();

  private int confirmed;

  Subscriptions(Metrics metrics) {
    this.metrics = metrics;
  }

  Subscription getOrCreate(String channel, String account) {
    return byChannel.computeIfAbsent(channel, absent -> new Subscription(channel, account));
  }

  @Nullable Subscription find(String channel) {
    return byChannel.get(channel);
  }

  boolean isEmpty() {
    return byChannel.isEmpty();
  }

  Collection<Subscription> all() {
    return byChannel.values();
  }

  /** Returns the subscriptions that are neither confirmed nor requested. */
  List<Subscription> pending() {
    return byChannel.values().stream().filter(each -> !each.confirmed && !each.requested).toList();
  }

  /** Adds a subscription of another feed, with its gap. */
  void add(Subscription subscription) {
    byChannel.put(subscription.channel, subscription);
    if (subscription.hasGap()) {
      withGap.add(subscription);
    }
  }

  /** Removes a subscription. If it is requested, its answer is still expected in order. */
  void remove(Subscription subscription) {
    byChannel.remove(subscription.channel);
    if (subscription.confirmed) {
      count(-1);
    }
    withGap.remove(subscription);
    rejected.remove(subscription);
  }

  /** Records that a SUBSCRIBE is sent. */
  void markRequested(Subscription subscription) {
    subscription.markRequested(metrics.gaps().clock().now());
    requested.add(subscription);
  }

  /** Removes and returns the oldest requested subscription that matches, or null. */
  @Nullable Subscription takeRequested(Predicate<Subscription> matching) {
    for (Subscription waiting : requested) {
      if (matching.test(waiting)) {
        requested.remove(waiting);
        return waiting;
      }
    }
    return null;
  }

  /** Removes a subscription from the pending ones. */
  void removeRequested(Subscription subscription) {
    requested.remove(subscription);
  }

  /** Removes all pending subscriptions. */
  void clearRequested() {
    requested.clear();
  }

  /** Returns whether a SUBSCRIBE that was sent before {@code time} has no answer yet. */
  boolean isRequestedBefore(DualTimestamp time) {
    Subscription oldest = requested.peek();
    return oldest != null && oldest.isSentBefore(time);
  }

  /** Returns whether each SUBSCRIBE has been answered. */
  boolean isAnswered() {
    return requested.isEmpty();
  }

  /** Records a confirmation. Returns false if the subscription was removed, or is the canary's. */
  boolean confirm(Subscription subscription) {
    subscription.confirm();
    boolean wanted = byChannel.get(subscription.channel) == subscription;
    rejected.remove(subscription);
    if (wanted) {
      count(1);
    }
    return wanted;
  }

  /** Records that Redis rejected a subscription. */
  void reject(Subscription subscription, String error) {
    if (byChannel.get(subscription.channel) == subscription) {
      rejected.put(subscription, error);
    }
  }

  /** Returns how many subscriptions Redis rejects, and its first error; or an empty text. */
  String rejected() {
    if (rejected.isEmpty()) {
      return "";
    }
    Map.Entry<Subscription, String> first = rejected.entrySet().iterator().next();
    return "Redis rejects "
        + rejected.size()
        + " of "
        + byChannel.size()
        + " accounts, "
        + first.getKey().account
        + ": "
        + CommandPermissions.excerpt(first.getValue());
  }

  boolean anyConfirmed() {
    return confirmed > 0;
  }

  private void count(int change) {
    confirmed += change;
    metrics.redis().subscriptions(change);
  }

  /** Records that Redis has no such subscription any more. Returns whether a gap began. */
  boolean lose(Subscription subscription, Gap.Cause cause, DualTimestamp watermark) {
    boolean begins = subscription.beginGap(cause, watermark);
    if (begins) {
      withGap.add(subscription);
    }
    rejected.remove(subscription);
    if (subscription.confirmed) {
      subscription.reset();
      count(-1);
    }
    return begins;
  }

  /** Returns the open gap as it ends now, or null if there is none. */
  @Nullable Gap gap(Subscription subscription) {
    return subscription.gapUntil(metrics.gaps().clock().now());
  }

  /** Ends the gap of a subscription, after its clients were notified. */
  void endGap(Subscription subscription) {
    withGap.remove(subscription);
    subscription.endGap();
  }

  boolean anyGap() {
    return !withGap.isEmpty();
  }

  /** Returns the accounts with an open gap. */
  List<String> accountsWithGap() {
    return withGap.stream().map(subscription -> subscription.account).toList();
  }
}
