package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Redis and its subscriptions. After each reconnect it subscribes to all channels
 * again, and reports the events missed in between as gaps.
 *
 * <p>Shape: the connection goes through these states, which {@code fault()} reports:
 *
 * <ol>
 *   <li>disconnected: requests fail, and every confirmed subscription has an open gap;
 *   <li>connected: SUBSCRIBEs for all channels, the check channel and the canary are sent;
 *   <li>subscribed: Redis has answered all of them, and the gaps are closed;
 *   <li>ready: a canary has arrived, too.
 * </ol>
 *
 * <p>Example: a connection is lost at 10:00:00 and back at 10:00:02. The clients of each account
 * get an interruption at the loss, and a gap when Redis confirms the account's SUBSCRIBE. The gap
 * begins when the connection was last known to work, shortly before 10:00:00, and ends at 10:00:02.
 *
 * <p>Errors: while the connection is down, a request fails with {@link
 * SubscriptionRequest#REDIS_UNAVAILABLE}. If Redis refuses a subscription, its requests fail with
 * {@link SubscriptionRequest#REFUSED}, and it is retried every {@code CHECK} while a hub uses it. A
 * channel that belongs to another node of a Cluster waits until it is handed over. If an internal
 * error prevents the delivery of a payload, the account gets a gap; any other internal error renews
 * the connection.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/
 */
final class Feed implements Feeds, LinkListener {
  private final RateLimitedLog log = RateLimitedLog.of(Feed.class);

  /** The interval at which required commands are checked and refused subscriptions are retried. */
  private static final Duration CHECK = Duration.ofSeconds(5);

  /** Receives the notifications of a feed. */
  interface Listener extends Feeds.Listener {
    /** Reports that another node may serve some of the channels now. */
    void ownersMayHaveChanged();
  }

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Metrics metrics;
  private final Listener listener;
  private final PubSub pubSub;
  private final RedisLink link;
  private final @Nullable Canary canary;
  private final Subscriptions subscriptions;
  private final FeedGaps gaps;
  private final MovedChannels movedChannels;
  private final boolean ofCluster;

  /**
   * The check channel, which belongs to no account. It is subscribed and unsubscribed periodically,
   * so that a node without clients knows whether it could serve one.
   */
  private final Subscription check;

  private final Rights rights;

  /** Whether Redis has answered the check on this connection. */
  private boolean checked;

  private BridgeStatus.Condition condition = BridgeStatus.Condition.UNAVAILABLE;
  private long checkTimer = -1;

  /** Whether this connection is included in the metric of connections. */
  private boolean counted;

  /**
   * @param name the name of the connection in the log
   * @param canary null if canaries are disabled
   */
  Feed(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      RedisClients clients,
      PubSub pubSub,
      String name,
      @Nullable Canary canary,
      Metrics metrics,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.metrics = metrics;
    this.listener = listener;
    this.canary = canary;
    this.pubSub = pubSub;
    this.ofCluster = address.cluster().isUsed();
    this.subscriptions = new Subscriptions(metrics);
    this.gaps = new FeedGaps(metrics.gaps());
    this.check = new Subscription(address.channelPrefix() + ":check", "");
    this.rights = new Rights(name);
    this.link =
        new RedisLink(
            vertx,
            guard,
            address,
            clients,
            RedisLink.Kind.SUBSCRIPTIONS,
            name,
            metrics.gaps().clock(),
            this);
    this.movedChannels = new MovedChannels(link, pubSub);
  }

  @Override
  public void start() {
    if (canary != null) {
      canary.start(
          this::checkReady,
          why -> link.renew(Gap.Cause.CANARY_LOST, why),
          link::connected,
          link::isBusy,
          this::published);
    }
    checkTimer = guard.periodic(vertx, GuardedTask.SUBSCRIPTIONS, CHECK, this::check);
    link.start();
  }

  @Override
  public void stop() {
    vertx.cancelTimer(checkTimer);
    if (canary != null) {
      canary.stop();
    }
    count(false);
    link.stop();
    checkReady();
  }

  @Override
  public void acquire(
      String channel, SubscriptionRequest request, Message<SubscriptionRequest> message) {
    Subscription subscription = subscriptions.getOrCreate(channel, request.account());
    subscription.hubs.add(request.hub());
    if (subscription.confirmed) {
      message.reply(null);
    } else if (!link.connected()) {
      message.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "Redis is unavailable");
    } else {
      subscription.addRequest(message);
      if (!subscription.requested) {
        subscribe(subscription);
      }
    }
  }

  @Override
  public void release(String channel, int hub) {
    Subscription subscription = subscriptions.find(channel);
    if (subscription == null) {
      return;
    }
    subscription.hubs.remove(hub);
    if (!subscription.hubs.isEmpty()) {
      return;
    }
    subscriptions.remove(subscription);
    unsubscribe(subscription);
    if (subscription.hasGap()) {
      closeGaps();
    }
  }

  private void unsubscribe(Subscription subscription) {
    if (subscription.confirmed || subscription.requested) {
      link.send(Request.cmd(pubSub.unsubscribe).arg(subscription.channel));
    }
  }

  boolean isConnected() {
    return link.connected();
  }

  boolean has(String channel) {
    return subscriptions.find(channel) != null;
  }

  boolean isEmpty() {
    return subscriptions.isEmpty() && movedChannels.isEmpty();
  }

  /**
   * Hands subscriptions and their gaps over to the feeds that serve their channels now.
   *
   * @param owner returns the feed that serves a channel, or null if it is unknown
   * @param untilMoved whether the old node may not know yet that the slots have moved. It then
   *     still accepts events from publishers that do not know it either, so this feed stays
   *     subscribed until the node ends the subscription.
   */
  void handOver(Function<String, @Nullable Feed> owner, boolean untilMoved) {
    Set<Feed> newOwners = new LinkedHashSet<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      Feed newOwner = owner.apply(subscription.channel);
      if (newOwner != null && newOwner != this) {
        newOwners.add(newOwner);
        // First add, then detach: after a fault, at least one of the feeds has the subscription.
        newOwner.subscriptions.add(subscription);
        detach(subscription, untilMoved);
        newOwner.adopt(subscription);
      }
    }
    if (newOwners.isEmpty()) {
      return;
    }
    if (!subscriptions.anyGap()) {
      newOwners.iterator().next().gaps.takeOver(gaps);
    }
    newOwners.forEach(Feed::closeGaps);
    closeGaps();
  }

  private void detach(Subscription subscription, boolean untilMoved) {
    if (untilMoved && subscription.confirmed && link.connected()) {
      movedChannels.add(subscription);
    } else {
      unsubscribe(subscription);
    }
    subscriptions.remove(subscription);
    // The new owner counts what is missed from now on.
    if (subscription.beginGap(Gap.Cause.SUBSCRIPTION_LOST, covered(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
    subscriptions.removeRequested(subscription);
    subscription.reset();
  }

  /** Returns the channels that other feeds serve now, and that are still subscribed here. */
  MovedChannels movedChannels() {
    return movedChannels;
  }

  private void adopt(Subscription subscription) {
    movedChannels.remove(subscription.channel);
    subscriptions.add(subscription);
    if (link.connected()) {
      subscribe(subscription);
    }
  }

  /** Subscribes to all channels that are neither confirmed nor requested. */
  void subscribePending() {
    if (link.connected()) {
      subscriptions.pending().forEach(this::subscribe);
    }
  }

  @Override
  public void connected() {
    count(true);
    subscriptions.all().forEach(this::subscribe);
    checkRights();
    closeGaps();
  }

  private void count(boolean connected) {
    if (connected != counted) {
      counted = connected;
      metrics.redisConnected(connected ? 1 : -1);
    }
  }

  /**
   * Handles the loss of the connection. It can be called again after a fault, and then completes
   * the rest.
   */
  @Override
  public void lost(Gap.Cause cause) {
    count(false);
    subscriptions.clearRequested();
    metrics.redisLost(cause.label());
    rights.forget();
    checked = false;
    check.reset();
    Moment covered = covered(cause);
    if (canary != null) {
      canary.subscription().fail(SubscriptionRequest.REDIS_UNAVAILABLE, "");
      canary.lost();
    }
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      if (subscriptions.lose(subscription, cause, covered)) {
        accounts.add(subscription.account);
        announce(subscription);
      }
      subscription.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "the connection to Redis was lost");
    }
    gaps.open(cause, covered, accounts);
    reportPastGap(cause, covered, movedChannels.accounts());
    movedChannels.removeAll();
    checkReady();
    listener.ownersMayHaveChanged();
  }

  /** Reports a gap that is already over, for events that could only arrive over this connection. */
  private void reportPastGap(Gap.Cause cause, Moment covered, List<String> accounts) {
    Moment now = metrics.gaps().clock().now();
    Gap gap = new Gap(covered, now, cause, Gap.UNKNOWN);
    accounts.forEach(account -> listener.gapEnded(account, gap));
    gaps.recordClosed(cause, covered, now, accounts);
  }

  /**
   * Returns the time up to which all events have arrived. Answers of the server are no proof if it
   * may not receive what is published elsewhere, as a node of a Cluster that has lost the others.
   * Only a canary detects that, so the time is then that of the last canary that arrived.
   */
  private Moment covered(Gap.Cause cause) {
    boolean answersProveNothing = cause == Gap.Cause.CANARY_LOST || ofCluster;
    if (canary == null || !answersProveNothing || canary.arrivedSentNanos() == 0) {
      return link.covered();
    }
    return link.covered().orEarlier(metrics.gaps().clock().at(canary.arrivedSentNanos()));
  }

  /**
   * Reports a gap for the last events of the former master. No event of the new master is affected.
   */
  @Override
  public void formerLost(Gap.Cause cause, Moment covered) {
    Moment now = metrics.gaps().clock().now();
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : subscriptions.all()) {
      Gap gap = subscription.gap(covered, now, cause);
      if (gap != null) {
        accounts.add(subscription.account);
        listener.gapEnded(subscription.account, gap);
      }
    }
    gaps.recordClosed(cause, covered, now, accounts);
  }

  /**
   * Redis answers in order: once it has answered a probe, an older SUBSCRIBE gets no answer any
   * more.
   */
  @Override
  public void answered(Moment sent) {
    report("UNSUBSCRIBE", "");
    checkReady();
    if (subscriptions.isRequestedBefore(sent)) {
      link.renew(Gap.Cause.REDIS_SILENT, "no answer to a SUBSCRIBE");
    }
  }

  @Override
  public void received(Response response) {
    if (response.type() == ResponseType.ERROR) {
      refused(response.toString());
    } else if (response.type() == ResponseType.PUSH && response.size() == 3) {
      push(response);
    }
  }

  private void push(Response push) {
    switch (push.get(0).toString()) {
      case "message", "smessage" -> message(push.get(1).toString(), push.get(2).toBytes());
      case "subscribe", "ssubscribe" -> confirmed(String.valueOf(push.get(1)));
      case "sunsubscribe" -> unsubscribed(String.valueOf(push.get(1)));
      default -> {
        // The reply to UNSUBSCRIBE needs no handling.
      }
    }
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
    if (subscriptions.lose(
        subscription, Gap.Cause.SUBSCRIPTION_LOST, covered(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
    subscription.reset();
    closeGaps();
    listener.ownersMayHaveChanged();
  }

  private void announce(Subscription subscription) {
    Interruption interruption = subscription.interruption();
    if (interruption != null) {
      listener.interrupted(subscription.account, interruption);
    }
  }

  private void message(String channel, byte[] payload) {
    if (canary != null && canary.subscription().channel.equals(channel)) {
      // If this fails, the canary counts as lost.
      guard.run(GuardedTask.CANARY_ARRIVED, () -> canary.received(payload));
    } else if (!guard.run(GuardedTask.PAYLOAD, () -> listener.message(channel, payload))) {
      payloadFailed(channel);
    }
  }

  /** Reports a gap, because some or all events of a payload may not have reached the clients. */
  private void payloadFailed(String channel) {
    Subscription subscription = subscriptions.find(channel);
    String account = subscription == null ? movedChannels.account(channel) : subscription.account;
    // An open gap already covers it.
    if (account != null && (subscription == null || !subscription.hasGap())) {
      reportPastGap(Gap.Cause.FAULT, covered(Gap.Cause.FAULT), List.of(account));
    }
  }

  private void subscribe(Subscription subscription) {
    subscriptions.markRequested(subscription);
    boolean ofCanary = canary != null && canary.subscription() == subscription;
    Command command = ofCanary ? Command.SUBSCRIBE : pubSub.subscribe;
    link.send(Request.cmd(command).arg(subscription.channel));
  }

  private void confirmed(String channel) {
    Subscription subscription =
        subscriptions.takeRequested(waiting -> waiting.channel.equals(channel));
    if (subscription == null) {
      return;
    }
    boolean ofAccount = subscriptions.confirm(subscription);
    if (subscription == check) {
      unsubscribe(check);
      checkPassed();
    } else if (ofAccount) {
      // An ACL may allow some accounts but not the check channel.
      rights.grant(pubSub.subscribeName);
    } else if (canary != null && canary.subscription() == subscription) {
      rights.grant(Rights.CANARY);
      canary.subscribed();
    }
    Gap gap = subscriptions.gap(subscription);
    if (gap != null) {
      listener.gapEnded(subscription.account, gap);
      subscriptions.endGap(subscription);
    }
    subscription.confirmRequests();
    closeGaps();
  }

  /** Handles a MOVED error: the node does not serve the slot. SUNSUBSCRIBE can cause it, too. */
  private void moved(int slot) {
    Subscription subscription =
        subscriptions.takeRequested(waiting -> SlotMap.slot(waiting.channel) == slot);
    if (subscription == check) {
      // Redis checks permissions before slots, so the command is allowed.
      checkPassed();
      closeGaps();
      return;
    }
    if (subscription != null) {
      subscription.reset();
      closeGaps();
    }
    listener.ownersMayHaveChanged();
  }

  /** Records that Redis accepts SUBSCRIBE. The next check asks again. */
  private void checkPassed() {
    check.reset();
    checked = true;
    if (rights.isRefused(pubSub.subscribeName)) {
      rights.grant(pubSub.subscribeName);
      subscribePending();
    }
  }

  private void check() {
    checkRights();
    subscribePending();
  }

  /** Subscribes to the check channel and the canary, to see whether Redis accepts the commands. */
  private void checkRights() {
    if (!link.connected()) {
      return;
    }
    if (!check.requested) {
      subscribe(check);
    }
    if (canary != null && !canary.subscription().confirmed && !canary.subscription().requested) {
      subscribe(canary.subscription());
    }
  }

  private void published(String error) {
    report("PUBLISH", error);
    checkReady();
  }

  private void report(String command, String error) {
    if (error.isEmpty()) {
      rights.grant(command);
    } else {
      rights.refuse(command, error);
    }
  }

  @Override
  public void refused(RefusalReason reason, String why) {
    metrics.redisRefused(reason.label());
    checkReady();
  }

  /**
   * Handles an error. Redis answers in order, so it belongs to the oldest SUBSCRIBE without an
   * answer.
   */
  private void refused(String error) {
    if (pubSub == PubSub.SHARDED && error.startsWith("MOVED ")) {
      moved(Integer.parseInt(error.split(" ", 3)[1]));
      return;
    }
    Subscription subscription =
        Rights.isOfUnsubscribe(error) ? null : subscriptions.takeRequested(oldest -> true);
    if (subscription == null) {
      // The error can only belong to an UNSUBSCRIBE; probes use that command.
      link.probeRefused();
      rights.refuse("UNSUBSCRIBE", error);
      checkReady();
      return;
    }
    if (subscription == check) {
      check.reset();
      checked = true;
      if (!Rights.isOfChannel(error) || !subscriptions.anyConfirmed()) {
        rights.refuse(pubSub.subscribeName, error);
      }
    } else if (canary != null && canary.subscription() == subscription) {
      subscription.reset();
      rights.refuse(Rights.CANARY, error);
    } else if (error.startsWith("CLUSTERDOWN")) {
      // The requests fail until the slot has a master again, perhaps on another node.
      subscription.fail(SubscriptionRequest.REDIS_UNAVAILABLE, error);
      listener.ownersMayHaveChanged();
    } else {
      log.atError("refused")
          .addKeyValue("account", subscription.account)
          .addKeyValue("error", error)
          .log("Redis refused the subscription; the account's clients get no events");
      // The hubs of the subscription are kept, because some may have clients from before the
      // refusal.
      subscription.fail(SubscriptionRequest.REFUSED, error);
      subscriptions.refuse(subscription, error);
      if (!check.requested) {
        // Check whether Redis refuses all accounts or only this one.
        subscribe(check);
      }
    }
    closeGaps();
  }

  /** Closes the gaps when Redis has answered all SUBSCRIBEs. Refused accounts keep theirs. */
  private void closeGaps() {
    if (subscriptions.isAnswered() && link.connected()) {
      gaps.subscribed(subscriptions.anyGap(), subscriptions::accountsWithGap);
    }
    checkReady();
  }

  private void checkReady() {
    BridgeStatus.Condition now = new BridgeStatus.Condition(fault(), subscriptions.refused());
    if (!now.equals(condition)) {
      condition = now;
      listener.changed(now);
    }
  }

  /** Returns why this feed can serve no account, or an empty text. */
  private String fault() {
    if (!link.connected()) {
      return link.fault();
    }
    if (!rights.fault().isEmpty()) {
      return rights.fault();
    }
    if (!checked || gaps.isOpen()) {
      return "subscriptions are not confirmed yet";
    }
    return canary == null || canary.isHealthy() ? "" : "no canary has arrived";
  }
}
