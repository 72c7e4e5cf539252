package luna.sender.bridge;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Handles what Redis sends to one feed: delivers messages, and assigns each other response to the
 * subscription that it answers. Redis answers in order, so an error belongs to the oldest SUBSCRIBE
 * without an answer.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedReplies {
  private final RateLimitedLog log = RateLimitedLog.of(Feed.class);

  private final FaultGuard guard;
  private final RedisLink link;
  private final PubSub pubSub;
  private final @Nullable Canary canary;
  private final Subscriptions subscriptions;
  private final MovedChannels movedChannels;
  private final FeedCheck check;
  private final GapReporter gaps;
  private final Feed.Listener listener;
  private final Changes changes;

  /** Receives the changes that responses cause. */
  interface Changes {
    /** Reports that a subscription was answered or has ended. */
    void subscriptionsChanged();

    /** Reports that Redis has accepted or rejected a command. */
    void rightsChanged();
  }

  FeedReplies(
      FaultGuard guard,
      RedisLink link,
      PubSub pubSub,
      @Nullable Canary canary,
      Subscriptions subscriptions,
      MovedChannels movedChannels,
      FeedCheck check,
      GapReporter gaps,
      Feed.Listener listener,
      Changes changes) {
    this.guard = guard;
    this.link = link;
    this.pubSub = pubSub;
    this.canary = canary;
    this.subscriptions = subscriptions;
    this.movedChannels = movedChannels;
    this.check = check;
    this.gaps = gaps;
    this.listener = listener;
    this.changes = changes;
  }

  void received(Response response) {
    if (response.type() == ResponseType.ERROR) {
      rejected(response.toString());
    } else {
      push(response);
    }
  }

  private void push(Response push) {
    switch (PushKind.of(push)) {
      case "message", "smessage" -> message(push.get(1).toString(), push.get(2).toBytes());
      case "subscribe", "ssubscribe" -> confirmed(String.valueOf(push.get(1)));
      case "sunsubscribe" -> unsubscribed(String.valueOf(push.get(1)));
      default -> {
        // The reply to UNSUBSCRIBE, and responses that are no push message, need no handling.
      }
    }
  }

  private void message(String channel, byte[] payload) {
    if (canary != null && canary.subscription().channel.equals(channel)) {
      if (!guard.run(GuardedTask.CANARY_ARRIVED, () -> canary.received(payload))) {
        // Redis has not lost it. If all fail, none arrives, and they count as lost.
        canary.forgetPending();
      }
    } else if (!guard.run(GuardedTask.PAYLOAD, () -> listener.message(channel, payload))) {
      gaps.payloadFailed(channel);
    }
  }

  private void confirmed(String channel) {
    Subscription subscription =
        subscriptions.takeRequested(waiting -> waiting.channel.equals(channel));
    if (subscription == null) {
      return;
    }
    if (subscriptions.confirm(subscription)) {
      check.accountConfirmed();
    } else {
      check.confirmed(subscription);
    }
    gaps.confirmed(subscription);
    subscription.confirmRequests(request -> listener.confirmed(subscription.account, request));
    changes.subscriptionsChanged();
  }

  /**
   * Handles the end of a sharded subscription: either the reply to SUNSUBSCRIBE, or the slot has
   * moved to another node.
   */
  private void unsubscribed(String channel) {
    // All events of the node for this channel have arrived before this message.
    movedChannels.remove(channel);
    Subscription subscription = subscriptions.find(channel);
    if (subscription == null || !subscription.confirmed) {
      return;
    }
    gaps.unsubscribed(subscription);
    changes.subscriptionsChanged();
    listener.ownersMayHaveChanged();
  }

  private void rejected(String error) {
    if (pubSub == PubSub.SHARDED && error.startsWith("MOVED ")) {
      moved(Integer.parseInt(error.split(" ", 3)[1]));
      return;
    }
    Subscription subscription =
        CommandPermissions.isOfUnsubscribe(error)
            ? null
            : subscriptions.takeRequested(oldest -> true);
    if (subscription == null) {
      // The error can only belong to an UNSUBSCRIBE; probes use that command.
      link.probeRejected();
      check.report("UNSUBSCRIBE", error);
      changes.rightsChanged();
      return;
    }
    if (check.owns(subscription)) {
      check.rejected(subscription, error);
    } else if (error.startsWith("CLUSTERDOWN")) {
      // The requests fail until the slot has a master again, perhaps on another node.
      subscription.fail(SubscriptionRequest.REDIS_UNAVAILABLE, error);
      listener.ownersMayHaveChanged();
    } else {
      accountRejected(subscription, error);
    }
    changes.subscriptionsChanged();
  }

  private void accountRejected(Subscription subscription, String error) {
    log.atError("rejected")
        .addKeyValue("account", subscription.account)
        .addKeyValue("error", error)
        .log("Redis rejected the subscription; the account's clients get no events");
    // The subscription keeps its hubs, because some may have clients from before the rejection.
    subscription.fail(SubscriptionRequest.REJECTED, error);
    subscriptions.reject(subscription, error);
    check.runChannel();
  }

  /** Handles a MOVED error: the node does not serve the slot. SUNSUBSCRIBE can cause it, too. */
  private void moved(int slot) {
    Subscription subscription =
        subscriptions.takeRequested(waiting -> SlotMap.slot(waiting.channel) == slot);
    if (subscription != null && check.isChannel(subscription)) {
      // Redis checks permissions before slots, so the command is allowed.
      check.channelPassed();
      changes.subscriptionsChanged();
      return;
    }
    if (subscription != null) {
      subscription.reset();
      changes.subscriptionsChanged();
    }
    listener.ownersMayHaveChanged();
  }
}
