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
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one feed, by channel: which of them Redis has been asked for, has confirmed,
 * and which miss events; those that are confirmed are counted.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Subscriptions {
  private final Metrics metrics;
  private final Map<String, Subscription> byChannel = new HashMap<>();

  /** SUBSCRIBEs on their way, the canary's too; Redis answers them in this order. */
  private final Deque<Subscription> unconfirmed = new ArrayDeque<>();

  /** Those that are wanted and miss events. */
  private final Set<Subscription> missing = new LinkedHashSet<>();

  /** Those that are wanted and that Redis refused last, with its words. */
  private final Map<Subscription, String> refused = new LinkedHashMap<>();

  private int confirmed;

  Subscriptions(Metrics metrics) {
    this.metrics = metrics;
  }

  Subscription getOrMake(String channel, String account) {
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

  /** Those that are neither confirmed nor asked for. */
  List<Subscription> left() {
    return byChannel.values().stream().filter(left -> !left.confirmed && !left.asked).toList();
  }

  /** One that was another feed's, with its gap. */
  void add(Subscription subscription) {
    byChannel.put(subscription.channel, subscription);
    if (subscription.isMissing()) {
      missing.add(subscription);
    }
  }

  /** Its answer, if one is on its way, still has its place among the others. */
  void remove(Subscription subscription) {
    byChannel.remove(subscription.channel);
    if (subscription.confirmed) {
      count(-1);
    }
    missing.remove(subscription);
    refused.remove(subscription);
  }

  /** Its SUBSCRIBE goes on its way. */
  void ask(Subscription subscription) {
    subscription.ask(metrics.gaps().clock().now());
    unconfirmed.add(subscription);
  }

  /** Takes the oldest of these that has no answer yet. */
  @Nullable Subscription takeAsked(Predicate<Subscription> these) {
    for (Subscription waiting : unconfirmed) {
      if (these.test(waiting)) {
        unconfirmed.remove(waiting);
        return waiting;
      }
    }
    return null;
  }

  /** No answer to it is awaited any longer. */
  void forgetAsked(Subscription subscription) {
    unconfirmed.remove(subscription);
  }

  /** No answer will come to any. */
  void forgetAllAsked() {
    unconfirmed.clear();
  }

  /** Whether a SUBSCRIBE that was sent before this has no answer yet. */
  boolean isAskedBefore(Moment time) {
    Subscription oldest = unconfirmed.peek();
    return oldest != null && oldest.isSentBefore(time);
  }

  /** Whether each SUBSCRIBE has its answer. */
  boolean isAnswered() {
    return unconfirmed.isEmpty();
  }

  /** Redis has confirmed it; false if nobody wants it any more, or it is the canary's. */
  boolean confirm(Subscription subscription) {
    subscription.confirm();
    boolean wanted = byChannel.get(subscription.channel) == subscription;
    refused.remove(subscription);
    if (wanted) {
      count(1);
    }
    return wanted;
  }

  /** Redis refused it. */
  void refuse(Subscription subscription, String error) {
    if (byChannel.get(subscription.channel) == subscription) {
      refused.put(subscription, error);
    }
  }

  /** How many of the wanted ones Redis refuses, and its words about the first; or empty. */
  String refused() {
    if (refused.isEmpty()) {
      return "";
    }
    Map.Entry<Subscription, String> first = refused.entrySet().iterator().next();
    return "Redis refuses "
        + refused.size()
        + " of "
        + byChannel.size()
        + " accounts, "
        + first.getKey().account
        + ": "
        + Rights.shown(first.getValue());
  }

  boolean anyConfirmed() {
    return confirmed > 0;
  }

  private void count(int change) {
    confirmed += change;
    metrics.subscriptions(change);
  }

  /** Redis has it no longer; returns whether a gap began. */
  boolean lose(Subscription subscription, Gap.Cause cause, Moment covered) {
    boolean begins = subscription.miss(cause, covered);
    if (begins) {
      missing.add(subscription);
    }
    refused.remove(subscription);
    if (subscription.confirmed) {
      subscription.forget();
      count(-1);
    }
    return begins;
  }

  /** The gap that a confirmation ends, or null if there is none. */
  @Nullable Gap gap(Subscription subscription) {
    return subscription.gapUntil(metrics.gaps().clock().now());
  }

  /** Its gap is over, and its clients know. */
  void regain(Subscription subscription) {
    missing.remove(subscription);
    subscription.regain();
  }

  boolean anyMissing() {
    return !missing.isEmpty();
  }

  /** Accounts that miss events. */
  List<String> missing() {
    return missing.stream().map(subscription -> subscription.account).toList();
  }
}
