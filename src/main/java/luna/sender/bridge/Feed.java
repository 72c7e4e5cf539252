package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.function.Function;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Redis and its subscriptions. After each reconnect it subscribes to all channels
 * again, and reports the time in between as a gap ({@link GapReporter}).
 *
 * <p>See: {@link FeedStatus} lists the states of the connection.
 *
 * <p>Errors: while the connection is down, a request fails with {@link
 * SubscriptionRequest#REDIS_UNAVAILABLE}. If Redis rejects a subscription, its requests fail with
 * {@link SubscriptionRequest#REJECTED}, and it is retried every {@code CHECK} while a hub uses it.
 * A request for a channel whose slot another node of the Cluster serves stays pending until the
 * feed that owns the slot takes it over. If an internal error prevents the delivery of a payload,
 * the account gets a gap; any other internal error renews the connection.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/
 */
final class Feed implements SubscriptionBackend, LinkListener, FeedReplies.Changes {
  /** The interval at which required commands are checked and rejected subscriptions are retried. */
  private static final Duration CHECK = Duration.ofSeconds(5);

  /** Receives the notifications of a feed. */
  interface Listener extends SubscriptionBackend.Listener {
    /** Reports that another node may serve some of the channels now. */
    void ownersMayHaveChanged();
  }

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Metrics metrics;
  private final Listener listener;
  private final RedisLink link;
  private final @Nullable Canary canary;
  private final Subscriptions subscriptions;
  private final MovedChannels movedChannels;
  private final FeedCommands commands;
  private final FeedCheck check;
  private final GapReporter gaps;
  private final SlotMigration migration;
  private final FeedReplies replies;
  private final FeedStatus status;

  private long checkTimer = -1;

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
    this.subscriptions = new Subscriptions(metrics);
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
    this.commands = new FeedCommands(link, pubSub, subscriptions, canary);
    this.check =
        new FeedCheck(
            pubSub, commands, subscriptions, canary, address.channelPrefix() + ":check", name);
    this.gaps =
        new GapReporter(
            metrics,
            link,
            canary,
            address.cluster().isUsed(),
            subscriptions,
            movedChannels,
            listener);
    this.status = new FeedStatus(metrics, link, check, gaps, canary, subscriptions, listener);
    this.migration =
        new SlotMigration(link, subscriptions, movedChannels, commands, gaps, this::closeGaps);
    this.replies =
        new FeedReplies(
            guard, link, pubSub, canary, subscriptions, movedChannels, check, gaps, listener, this);
  }

  @Override
  public void start() {
    if (canary != null) {
      canary.start(
          status::update,
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
    status.connected(false);
    link.stop();
    status.update();
  }

  @Override
  public void acquire(
      String channel, SubscriptionRequest request, Message<SubscriptionRequest> message) {
    Subscription subscription = subscriptions.getOrCreate(channel, request.account());
    subscription.hubs.add(request.hub());
    if (subscription.confirmed) {
      listener.confirmed(request.account(), message);
    } else if (!link.connected()) {
      message.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "Redis is unavailable");
    } else {
      subscription.addRequest(message);
      if (!subscription.requested) {
        commands.subscribe(subscription);
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
    commands.unsubscribe(subscription);
    if (subscription.hasGap()) {
      closeGaps();
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
   * Moves subscriptions and their gaps to the feeds that serve their channels now.
   *
   * @param owner returns the feed that serves a channel, or null if it is unknown
   * @param untilMoved true if the old node's slot map may be stale: publishers may still use it, so
   *     this feed stays subscribed until the node sends {@code sunsubscribe}
   */
  void migrate(Function<String, @Nullable Feed> owner, boolean untilMoved) {
    migration.run(
        channel -> {
          Feed newOwner = owner.apply(channel);
          return newOwner == null ? null : newOwner.migration;
        },
        untilMoved);
  }

  /** Returns the channels that other feeds serve now, and that are still subscribed here. */
  MovedChannels movedChannels() {
    return movedChannels;
  }

  /** Subscribes to all channels that are neither confirmed nor requested. */
  void subscribePending() {
    commands.subscribePending();
  }

  @Override
  public void connected() {
    status.connected(true);
    if (canary != null) {
      canary.connected();
    }
    subscriptions.all().forEach(commands::subscribe);
    check.run();
    closeGaps();
  }

  /**
   * Handles the loss of the connection. If it throws, it is called again, and completes the
   * remaining steps.
   */
  @Override
  public void lost(Gap.Cause cause) {
    status.connected(false);
    subscriptions.clearRequested();
    metrics.redis().lost(cause.label());
    check.lost();
    DualTimestamp watermark = gaps.watermark(cause);
    if (canary != null) {
      canary.subscription().fail(SubscriptionRequest.REDIS_UNAVAILABLE, "");
      canary.lost();
    }
    gaps.connectionLost(cause, watermark);
    status.update();
    listener.ownersMayHaveChanged();
  }

  @Override
  public void formerLost(Gap.Cause cause, DualTimestamp watermark) {
    if (canary != null) {
      canary.forgetPending();
    }
    gaps.formerLost(cause, watermark);
  }

  /**
   * Redis answers in order: once it has answered a probe, an older SUBSCRIBE gets no answer any
   * more.
   */
  @Override
  public void answered(DualTimestamp sent) {
    check.report("UNSUBSCRIBE", "");
    status.update();
    if (subscriptions.isRequestedBefore(sent)) {
      link.renew(Gap.Cause.REDIS_SILENT, "no answer to a SUBSCRIBE");
    }
  }

  @Override
  public void received(Response response) {
    replies.received(response);
  }

  private void check() {
    if (link.connected()) {
      check.run();
    }
    commands.subscribePending();
  }

  private void published(String error) {
    check.report("PUBLISH", error);
    status.update();
  }

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
    status.update();
  }

  @Override
  public void subscriptionsChanged() {
    closeGaps();
  }

  @Override
  public void rightsChanged() {
    status.update();
  }

  /**
   * Closes the gaps when Redis has answered all SUBSCRIBEs. Those of rejected accounts stay open.
   */
  private void closeGaps() {
    if (subscriptions.isAnswered() && link.connected()) {
      gaps.allAnswered();
    }
    status.update();
  }
}
