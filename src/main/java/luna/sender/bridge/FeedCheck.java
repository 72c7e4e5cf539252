package luna.sender.bridge;

import org.jspecify.annotations.Nullable;

/**
 * Checks whether Redis permits the commands that a feed needs, so readiness detects missing ACL
 * permissions before the first client connects.
 *
 * <p>How: it subscribes to a check channel, which belongs to no account, and to the canary's
 * channel. The check channel is unsubscribed after the confirmation, and subscribed again with the
 * next check.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedCheck {
  private final PubSub pubSub;
  private final FeedCommands commands;
  private final Subscriptions subscriptions;
  private final @Nullable Canary canary;
  private final Subscription channel;
  private final CommandPermissions rights;

  /** Whether Redis has answered a check on this connection. */
  private boolean answered;

  /**
   * @param channel the name of the check channel
   * @param name the name of the connection in the log
   */
  FeedCheck(
      PubSub pubSub,
      FeedCommands commands,
      Subscriptions subscriptions,
      @Nullable Canary canary,
      String channel,
      String name) {
    this.pubSub = pubSub;
    this.commands = commands;
    this.subscriptions = subscriptions;
    this.canary = canary;
    this.channel = new Subscription(channel, "");
    this.rights = new CommandPermissions(name);
  }

  /** Subscribes to the check channel and the canary, on an open connection. */
  void run() {
    runChannel();
    if (canary != null && !canary.subscription().confirmed && !canary.subscription().requested) {
      commands.subscribe(canary.subscription());
    }
  }

  /**
   * Subscribes to the check channel, to find out whether Redis rejects all accounts or only one of
   * them.
   */
  void runChannel() {
    if (!channel.requested) {
      commands.subscribe(channel);
    }
  }

  /** Returns whether the subscription belongs to the check channel. */
  boolean isChannel(Subscription subscription) {
    return subscription == channel;
  }

  /** Returns whether the subscription belongs to the check channel or the canary. */
  boolean owns(Subscription subscription) {
    return isChannel(subscription) || commands.isCanary(subscription);
  }

  /** Handles the confirmation of the check channel or the canary. */
  void confirmed(Subscription subscription) {
    if (isChannel(subscription)) {
      commands.unsubscribe(channel);
      channelPassed();
    } else if (canary != null && commands.isCanary(subscription)) {
      rights.grant(CommandPermissions.CANARY);
      canary.subscribed();
    }
  }

  /** Records that Redis accepts SUBSCRIBE. The next check subscribes again. */
  void channelPassed() {
    channel.reset();
    answered = true;
    if (rights.isRejected(pubSub.subscribeName)) {
      rights.grant(pubSub.subscribeName);
      commands.subscribePending();
    }
  }

  /** Records that Redis accepts SUBSCRIBE for an account. */
  void accountConfirmed() {
    // An ACL may allow some accounts but not the check channel.
    rights.grant(pubSub.subscribeName);
  }

  /** Handles the rejection of the check channel or the canary. */
  void rejected(Subscription subscription, String error) {
    subscription.reset();
    if (!isChannel(subscription)) {
      rights.reject(CommandPermissions.CANARY, error);
      return;
    }
    answered = true;
    if (!CommandPermissions.isOfChannel(error) || !subscriptions.anyConfirmed()) {
      rights.reject(pubSub.subscribeName, error);
    }
  }

  /** Records the answer to another command; the error is empty if Redis accepted it. */
  void report(String command, String error) {
    if (error.isEmpty()) {
      rights.grant(command);
    } else {
      rights.reject(command, error);
    }
  }

  /** Clears the state, for the next connection. */
  void lost() {
    rights.forget();
    answered = false;
    channel.reset();
  }

  boolean isAnswered() {
    return answered;
  }

  /** Returns the rejected commands, or an empty text. */
  String fault() {
    return rights.fault();
  }
}
