package luna.sender.bridge;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * Sends the SUBSCRIBEs and UNSUBSCRIBEs of one feed, and records which SUBSCRIBEs are pending.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedCommands {
  private final RedisLink link;
  private final PubSub pubSub;
  private final Subscriptions subscriptions;
  private final @Nullable Canary canary;

  FeedCommands(
      RedisLink link, PubSub pubSub, Subscriptions subscriptions, @Nullable Canary canary) {
    this.link = link;
    this.pubSub = pubSub;
    this.subscriptions = subscriptions;
    this.canary = canary;
  }

  void subscribe(Subscription subscription) {
    subscriptions.markRequested(subscription);
    Command command = isCanary(subscription) ? Command.SUBSCRIBE : pubSub.subscribe;
    if (receivesMessages(subscription)) {
      link.subscribe(command, subscription.channel);
    } else {
      link.send(Request.cmd(command).arg(subscription.channel));
    }
  }

  /**
   * Returns false for the check channel. During a failover it is not subscribed on the former
   * master: a missing confirmation there would be reported as a gap.
   */
  private boolean receivesMessages(Subscription subscription) {
    return isCanary(subscription) || !subscription.account.isEmpty();
  }

  /** Returns whether the subscription belongs to the canary. */
  boolean isCanary(Subscription subscription) {
    return canary != null && canary.subscription() == subscription;
  }

  /** Subscribes to all channels that are neither confirmed nor requested. */
  void subscribePending() {
    if (link.connected()) {
      subscriptions.pending().forEach(this::subscribe);
    }
  }

  /** Unsubscribes, if the subscription is confirmed or requested. */
  void unsubscribe(Subscription subscription) {
    if (!subscription.confirmed && !subscription.requested) {
      return;
    }
    if (receivesMessages(subscription)) {
      link.unsubscribe(pubSub.unsubscribe, subscription.channel);
    } else {
      link.send(Request.cmd(pubSub.unsubscribe).arg(subscription.channel));
    }
  }
}
