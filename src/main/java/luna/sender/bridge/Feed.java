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

// Over 300 lines, for it is one thing: what each word of Redis does to the subscriptions.
/**
 * One connection to Redis and the subscriptions on it: what was confirmed is subscribed again
 * whenever the connection has been made anew, and what was missed meanwhile is a gap.
 *
 * <p>Errors: while Redis is away a demand fails with {@link SubscriptionRequest#REDIS_AWAY}. A
 * subscription that Redis refuses fails its demands with {@link SubscriptionRequest#REFUSED}, and
 * is tried again every {@code CHECK} while somebody wants it. One that belongs to another node of a
 * Cluster waits to be handed over. A payload that a fault keeps from its account is a gap of the
 * account; any other fault renews the connection.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/
 */
final class Feed implements Feeds, RedisLink.Listener {
  private final RateLimitedLog log = RateLimitedLog.of(Feed.class);

  /**
   * How often it is checked whether Redis accepts the commands that this needs, and what it refused
   * is tried again.
   */
  private static final Duration CHECK = Duration.ofSeconds(5);

  /** What a feed tells whoever has it. */
  interface Listener extends Feeds.Listener {
    /** Another node may serve some of the channels now. */
    void unsettled();
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
  private final MovedChannels left;
  private final boolean ofCluster;

  /**
   * Of no account, subscribed and unsubscribed again and again: a node without clients knows by it
   * that it could serve one.
   */
  private final Subscription check;

  private final Rights rights;

  /** The check was answered on this connection. */
  private boolean checked;

  private BridgeStatus.Condition condition = BridgeStatus.Condition.AWAY;
  private long checkTimer = -1;

  /** It counts among the connections. */
  private boolean counted;

  /**
   * @param name for the log
   * @param canary null for none
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
    this.left = new MovedChannels(link, pubSub);
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
  public void want(
      String channel, SubscriptionRequest demand, Message<SubscriptionRequest> message) {
    Subscription subscription = subscriptions.getOrMake(channel, demand.account());
    subscription.hubs.add(demand.hub());
    if (subscription.confirmed) {
      message.reply(null);
    } else if (!link.connected()) {
      message.fail(SubscriptionRequest.REDIS_AWAY, "Redis is away");
    } else {
      subscription.await(message);
      if (!subscription.asked) {
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
    if (subscription.isMissing()) {
      settle();
    }
  }

  private void unsubscribe(Subscription subscription) {
    if (subscription.confirmed || subscription.asked) {
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
    return subscriptions.isEmpty() && left.isEmpty();
  }

  /**
   * Gives what other feeds have to serve now to them, with the gaps in it.
   *
   * @param owner the feed to which a channel belongs, or null if that is not known
   * @param untilMoved whether the node may not know yet that it serves the slots no longer; it then
   *     takes what publishers send that do not know it either
   */
  void handOver(Function<String, @Nullable Feed> owner, boolean untilMoved) {
    Set<Feed> heirs = new LinkedHashSet<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      Feed heir = owner.apply(subscription.channel);
      if (heir != null && heir != this) {
        heirs.add(heir);
        // First, so that no fault can leave it with neither of the two.
        heir.subscriptions.add(subscription);
        leave(subscription, untilMoved);
        heir.adopt(subscription);
      }
    }
    if (heirs.isEmpty()) {
      return;
    }
    if (!subscriptions.anyMissing()) {
      heirs.iterator().next().gaps.inherit(gaps);
    }
    heirs.forEach(Feed::settle);
    settle();
  }

  private void leave(Subscription subscription, boolean untilMoved) {
    if (untilMoved && subscription.confirmed && link.connected()) {
      left.add(subscription);
    } else {
      unsubscribe(subscription);
    }
    subscriptions.remove(subscription);
    // What it misses from now on is counted by its heir.
    if (subscription.miss(Gap.Cause.SUBSCRIPTION_LOST, covered(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
    subscriptions.forgetAsked(subscription);
    subscription.forget();
  }

  /** What other feeds subscribe to now, and this one has not ended yet. */
  MovedChannels left() {
    return left;
  }

  private void adopt(Subscription subscription) {
    left.remove(subscription.channel);
    subscriptions.add(subscription);
    if (link.connected()) {
      subscribe(subscription);
    }
  }

  /** Tries again what is wanted and neither subscribed nor asked for. */
  void subscribeLeft() {
    if (link.connected()) {
      subscriptions.left().forEach(this::subscribe);
    }
  }

  @Override
  public void connected() {
    count(true);
    subscriptions.all().forEach(this::subscribe);
    checkRights();
    settle();
  }

  private void count(boolean connected) {
    if (connected != counted) {
      counted = connected;
      metrics.redisConnected(connected ? 1 : -1);
    }
  }

  /** Does what is left to do when it is called again after a fault. */
  @Override
  public void lost(Gap.Cause cause) {
    count(false);
    subscriptions.forgetAllAsked();
    metrics.redisLost(cause.label());
    rights.forget();
    checked = false;
    check.forget();
    Moment covered = covered(cause);
    if (canary != null) {
      canary.subscription().fail(SubscriptionRequest.REDIS_AWAY, "");
      canary.lost();
    }
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      if (subscriptions.lose(subscription, cause, covered)) {
        accounts.add(subscription.account);
        announce(subscription);
      }
      subscription.fail(SubscriptionRequest.REDIS_AWAY, "Redis was lost");
    }
    gaps.lose(cause, covered, accounts);
    pass(cause, covered, left.accounts());
    left.removeAll();
    checkReady();
    listener.unsettled();
  }

  /** What was to come for these from this connection alone is lost, and nothing else is. */
  private void pass(Gap.Cause cause, Moment covered, List<String> accounts) {
    Moment now = metrics.gaps().clock().now();
    Gap gap = new Gap(covered, now, cause, Gap.UNKNOWN);
    accounts.forEach(account -> listener.regained(account, gap));
    gaps.passed(cause, covered, now, accounts);
  }

  /**
   * A server that answers and does not bring what is published elsewhere, as a node of a Cluster
   * that has lost the others, is found by the canary alone.
   */
  private Moment covered(Gap.Cause cause) {
    boolean answersProveNothing = cause == Gap.Cause.CANARY_LOST || ofCluster;
    if (canary == null || !answersProveNothing || canary.heardSentNanos() == 0) {
      return link.covered();
    }
    return link.covered().orEarlier(metrics.gaps().clock().at(canary.heardSentNanos()));
  }

  /**
   * Each client may miss what the former master had sent last, and nothing that the new one sent.
   */
  @Override
  public void formerLost(Gap.Cause cause, Moment covered) {
    Moment now = metrics.gaps().clock().now();
    List<String> accounts = new ArrayList<>();
    for (Subscription subscription : subscriptions.all()) {
      Gap gap = subscription.gap(covered, now, cause);
      if (gap != null) {
        accounts.add(subscription.account);
        listener.regained(subscription.account, gap);
      }
    }
    gaps.passed(cause, covered, now, accounts);
  }

  /** Redis answers in order, so the answer to an older SUBSCRIBE will not come. */
  @Override
  public void answered(Moment sent) {
    report("UNSUBSCRIBE", "");
    checkReady();
    if (subscriptions.isAskedBefore(sent)) {
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
        // The answer to UNSUBSCRIBE: nobody waits for it.
      }
    }
  }

  /** The answer to ours, for which nobody waits; or the slot has gone to another node. */
  private void unsubscribed(String channel) {
    // What the node had for it has come before.
    left.remove(channel);
    Subscription subscription = subscriptions.find(channel);
    if (subscription == null || !subscription.confirmed) {
      return;
    }
    if (subscriptions.lose(
        subscription, Gap.Cause.SUBSCRIPTION_LOST, covered(Gap.Cause.SUBSCRIPTION_LOST))) {
      announce(subscription);
    }
    subscription.forget();
    settle();
    listener.unsettled();
  }

  private void announce(Subscription subscription) {
    Interruption interruption = subscription.interruption();
    if (interruption != null) {
      listener.interrupted(subscription.account, interruption);
    }
  }

  private void message(String channel, byte[] payload) {
    if (canary != null && canary.subscription().channel.equals(channel)) {
      // One that does not arrive is noticed.
      guard.run(GuardedTask.CANARY_ARRIVED, () -> canary.heard(payload));
    } else if (!guard.run(GuardedTask.PAYLOAD, () -> listener.message(channel, payload))) {
      notRead(channel);
    }
  }

  /** Some of its events, or all, may not have come to the account's clients. */
  private void notRead(String channel) {
    Subscription subscription = subscriptions.find(channel);
    String account = subscription == null ? left.account(channel) : subscription.account;
    // In a gap that is open, it is covered by it.
    if (account != null && (subscription == null || !subscription.isMissing())) {
      pass(Gap.Cause.FAULT, covered(Gap.Cause.FAULT), List.of(account));
    }
  }

  private void subscribe(Subscription subscription) {
    subscriptions.ask(subscription);
    boolean ofCanary = canary != null && canary.subscription() == subscription;
    Command command = ofCanary ? Command.SUBSCRIBE : pubSub.subscribe;
    link.send(Request.cmd(command).arg(subscription.channel));
  }

  private void confirmed(String channel) {
    Subscription subscription = subscriptions.takeAsked(waiting -> waiting.channel.equals(channel));
    if (subscription == null) {
      return;
    }
    boolean ofAccount = subscriptions.confirm(subscription);
    if (subscription == check) {
      unsubscribe(check);
      checkPassed();
    } else if (ofAccount) {
      // A user may have the right to some accounts, and none to the channel of the check.
      rights.grant(pubSub.subscribeName);
    } else if (canary != null && canary.subscription() == subscription) {
      rights.grant(Rights.CANARY);
      canary.subscribed();
    }
    Gap gap = subscriptions.gap(subscription);
    if (gap != null) {
      listener.regained(subscription.account, gap);
      subscriptions.regain(subscription);
    }
    subscription.answer();
    settle();
  }

  /** The node does not serve the slot; it says so of an SUNSUBSCRIBE too. */
  private void moved(int slot) {
    Subscription subscription =
        subscriptions.takeAsked(waiting -> SlotMap.slot(waiting.channel) == slot);
    if (subscription == check) {
      // Redis looks at the rights first.
      checkPassed();
      settle();
      return;
    }
    if (subscription != null) {
      subscription.forget();
      settle();
    }
    listener.unsettled();
  }

  /** Redis has accepted a SUBSCRIBE; it is answered once more with the next check. */
  private void checkPassed() {
    check.forget();
    checked = true;
    if (rights.isRefused(pubSub.subscribeName)) {
      rights.grant(pubSub.subscribeName);
      subscribeLeft();
    }
  }

  private void check() {
    checkRights();
    subscribeLeft();
  }

  /** Asks for what shows that Redis accepts our commands, or does so again. */
  private void checkRights() {
    if (!link.connected()) {
      return;
    }
    if (!check.asked) {
      subscribe(check);
    }
    if (canary != null && !canary.subscription().confirmed && !canary.subscription().asked) {
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

  /** Redis answers in order, so an error belongs to the oldest SUBSCRIBE without an answer. */
  private void refused(String error) {
    if (pubSub == PubSub.SHARDED && error.startsWith("MOVED ")) {
      moved(Integer.parseInt(error.split(" ", 3)[1]));
      return;
    }
    Subscription subscription =
        Rights.isOfUnsubscribe(error) ? null : subscriptions.takeAsked(oldest -> true);
    if (subscription == null) {
      // Only UNSUBSCRIBE is left, of which the probe is one.
      link.probeRefused();
      rights.refuse("UNSUBSCRIBE", error);
      checkReady();
      return;
    }
    if (subscription == check) {
      check.forget();
      checked = true;
      if (!Rights.isOfChannel(error) || !subscriptions.anyConfirmed()) {
        rights.refuse(pubSub.subscribeName, error);
      }
    } else if (canary != null && canary.subscription() == subscription) {
      subscription.forget();
      rights.refuse(Rights.CANARY, error);
    } else if (error.startsWith("CLUSTERDOWN")) {
      // Until the slot has a master again, which may be another node.
      subscription.fail(SubscriptionRequest.REDIS_AWAY, error);
      listener.unsettled();
    } else {
      log.atError("refused")
          .addKeyValue("account", subscription.account)
          .addKeyValue("error", error)
          .log("Redis refused the subscription; the account's clients get no events");
      // It stays known which hubs want the account: some may have clients from before the refusal.
      subscription.fail(SubscriptionRequest.REFUSED, error);
      subscriptions.refuse(subscription, error);
      if (!check.asked) {
        // Is it this account, or all?
        subscribe(check);
      }
    }
    settle();
  }

  /** When all is subscribed again, the gap is over, but for those whom Redis refuses. */
  private void settle() {
    if (subscriptions.isAnswered() && link.connected()) {
      gaps.settle(subscriptions.anyMissing(), subscriptions::missing);
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

  /** Why no account can be served, or empty. */
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
    return canary == null || canary.isHeard() ? "" : "the canary was not heard";
  }
}
