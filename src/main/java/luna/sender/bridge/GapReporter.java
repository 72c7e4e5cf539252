package luna.sender.bridge;

import java.util.ArrayList;
import java.util.List;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Reports the gaps of one feed: to the clients of each account, and in the ledger ({@link
 * luna.sender.metrics.GapLedger}).
 *
 * <p>See: {@link Gap.Cause} lists the origins of all gaps; this class reports only those of Redis
 * and of payloads that fail in the bridge.
 *
 * <p>Example: a connection is lost at 10:00:00 and back at 10:00:02. The clients of each account
 * get an interruption at the loss, and a gap when Redis confirms the account's SUBSCRIBE. The gap
 * begins when the connection was last known to work, shortly before 10:00:00, and ends at 10:00:02.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class GapReporter {
  private final Metrics metrics;
  private final RedisLink link;
  private final @Nullable Canary canary;
  private final boolean ofCluster;
  private final Subscriptions subscriptions;
  private final MovedChannels movedChannels;
  private final SubscriptionBackend.Listener listener;
  private final FeedGaps gaps;

  GapReporter(
      Metrics metrics,
      RedisLink link,
      @Nullable Canary canary,
      boolean ofCluster,
      Subscriptions subscriptions,
      MovedChannels movedChannels,
      SubscriptionBackend.Listener listener) {
    this.metrics = metrics;
    this.link = link;
    this.canary = canary;
    this.ofCluster = ofCluster;
    this.subscriptions = subscriptions;
    this.movedChannels = movedChannels;
    this.listener = listener;
    this.gaps = new FeedGaps(metrics.gaps(), listener::ledgerGapEnded);
  }

  /**
   * Returns the receive watermark: all events published before this time have arrived. Probe
   * replies prove nothing if canaries were lost, or if the Redis node may be cut off from its
   * Cluster; the watermark is then at most the canary's.
   */
  DualTimestamp watermark(Gap.Cause cause) {
    boolean answersProveNothing = cause == Gap.Cause.CANARY_LOST || ofCluster;
    if (canary == null || !answersProveNothing || canary.watermarkNanos() == 0) {
      return link.watermark();
    }
    return link.watermark().orEarlier(metrics.gaps().clock().at(canary.watermarkNanos()));
  }

  /** Begins a gap of all accounts, and fails their requests. */
  void connectionLost(Gap.Cause cause, DualTimestamp watermark) {
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      if (subscriptions.lose(subscription, cause, watermark)) {
        accounts.add(subscription.account);
        announce(subscription);
      }
      subscription.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "the connection to Redis was lost");
    }
    gaps.open(cause, watermark, accounts);
    reportPastGap(cause, watermark, movedChannels.accounts());
    movedChannels.removeAll();
  }

  /** Begins a gap of a subscription that Redis has ended. */
  void unsubscribed(Subscription subscription) {
    if (subscriptions.lose(
        subscription, Gap.Cause.SUBSCRIPTION_LOST, watermark(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
    subscription.reset();
  }

  /** Begins a gap of a subscription that another feed serves from now on. */
  void migrated(Subscription subscription) {
    if (subscription.beginGap(
        Gap.Cause.SUBSCRIPTION_LOST, watermark(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
  }

  private void announce(Subscription subscription) {
    Interruption interruption = subscription.interruption();
    if (interruption != null) {
      listener.interrupted(subscription.account, interruption);
    }
  }

  /** Ends the gap of a confirmed subscription. */
  void confirmed(Subscription subscription) {
    Gap gap = subscriptions.gap(subscription);
    if (gap != null) {
      listener.gapEnded(subscription.account, gap);
      subscriptions.endGap(subscription);
    }
  }

  /**
   * Reports a closed gap of events on a former master. Events on the new master are not affected.
   */
  void formerLost(Gap.Cause cause, DualTimestamp watermark) {
    DualTimestamp now = metrics.gaps().clock().now();
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : subscriptions.all()) {
      Gap gap = subscription.gap(watermark, now, cause);
      if (gap != null) {
        accounts.add(subscription.account);
        listener.gapEnded(subscription.account, gap);
      }
    }
    gaps.recordClosed(cause, watermark, now, accounts);
  }

  /** Reports a gap, because some or all events of a payload may not have reached the clients. */
  void payloadFailed(String channel) {
    Subscription subscription = subscriptions.find(channel);
    String account = subscription == null ? movedChannels.account(channel) : subscription.account;
    // An open gap already covers it.
    if (account != null && (subscription == null || !subscription.hasGap())) {
      reportPastGap(Gap.Cause.FAULT, watermark(Gap.Cause.FAULT), List.of(account));
    }
  }

  /**
   * Reports a gap that begins at the watermark and ends now. Used where no subscription has an open
   * gap that could cover the lost events.
   */
  private void reportPastGap(Gap.Cause cause, DualTimestamp watermark, List<String> accounts) {
    DualTimestamp now = metrics.gaps().clock().now();
    Gap gap = new Gap(watermark, now, cause, Gap.UNKNOWN);
    accounts.forEach(account -> listener.gapEnded(account, gap));
    gaps.recordClosed(cause, watermark, now, accounts);
  }

  /** Takes over the ledger entries of a feed whose subscriptions have moved to this one. */
  void takeOver(GapReporter other) {
    gaps.takeOver(other.gaps);
  }

  /** Closes the ledger entries, because Redis has answered all SUBSCRIBEs. */
  void allAnswered() {
    gaps.subscribed(subscriptions.anyGap(), subscriptions::accountsWithGap);
  }

  /** Returns whether a gap of a lost connection is open. */
  boolean isOpen() {
    return gaps.isOpen();
  }
}
