package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Arrays;
import luna.sender.config.RedisAddress;
import luna.sender.config.WsSettings;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.Recall;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes to the accounts that hubs of this process want, and publishes their events on the bus.
 *
 * <p>Shape: one SUBSCRIBE per account, whatever the number of clients; accounts are spread over
 * {@code BRIDGES} of these by {@link BusAddresses#bridgeOf}. Where events were missed, a {@link
 * Gap} is published in their place.
 *
 * <p>Errors: a demand fails as {@link Feed} says.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RedisBridge extends VerticleBase implements Feed.Listener {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final RedisAddress address;

  private final int index;
  private final String node;
  private final Metrics metrics;
  private final Traces traces;
  private final FaultGuard guard;
  private final String channelPrefix;
  private final PayloadParser parser;
  private final RecentEvents kept;

  private @Nullable Feeds feeds;
  private @Nullable MessageConsumer<SubscriptionRequest> demands;
  private final RateLimitedLog log = RateLimitedLog.of(RedisBridge.class);

  /**
   * @param ws says how many events are kept
   * @param index which of the {@code BRIDGES} this is, from 0
   * @param node tells this process from all others at the same Redis
   */
  public RedisBridge(
      RedisAddress address, WsSettings ws, int index, String node, Metrics metrics, Traces traces) {
    this.address = address;
    this.index = index;
    this.node = node;
    this.metrics = metrics;
    this.traces = traces;
    this.guard = metrics.guard();
    this.channelPrefix = address.channelPrefix() + ":";
    this.parser = new PayloadParser(address.payloadLimitBytes(), ws.keptEvents() > 0);
    this.kept = new RecentEvents(ws.keptEvents(), ws.keptEventsLimitBytes() / address.bridges());
    metrics.expectRedisRefusals(
        Arrays.stream(RefusalReason.values()).map(RefusalReason::label).toList());
    metrics.expectMalformed(
        Arrays.stream(MalformedPayloadException.Reason.values())
            .map(MalformedPayloadException.Reason::label)
            .toList());
  }

  /** Succeeds at once: a node starts without Redis, and is not ready until it is there. */
  @Override
  public Future<?> start() {
    Feeds started =
        address.cluster().sharded()
            ? new ShardedFeeds(vertx, guard, address, index, node, metrics, this)
            : classic();
    feeds = started;
    demands =
        guard.<SubscriptionRequest>consumer(
            vertx,
            GuardedTask.DEMAND,
            BusAddresses.demand(index),
            message -> demand(started, message),
            message -> demandFailed(started, message));
    guard.<Recall>consumer(vertx, GuardedTask.RECALL, BusAddresses.recall(index), this::recall);
    started.start();
    return Future.succeededFuture();
  }

  private Feed classic() {
    Canary canary =
        address.canaryInterval().isZero() ? null : new Canary(vertx, address, index, node, metrics);
    return new Feed(
        vertx,
        guard,
        address,
        new RedisClients(vertx, address),
        PubSub.CLASSIC,
        "subscriber-" + index,
        canary,
        metrics,
        this);
  }

  @Override
  public Future<?> stop() {
    if (feeds != null) {
      feeds.stop();
    }
    return demands == null ? Future.succeededFuture() : demands.unregister();
  }

  private void demand(Feeds feeds, Message<SubscriptionRequest> message) {
    SubscriptionRequest demand = message.body();
    String channel = channelPrefix + demand.account();
    if (demand.wanted()) {
      feeds.want(channel, demand, message);
    } else {
      feeds.release(channel, demand.hub());
      message.reply(null);
    }
  }

  /** Nobody releases a channel twice: without another try, its events would go on coming. */
  private void demandFailed(Feeds feeds, Message<SubscriptionRequest> message) {
    if (message.body().wanted()) {
      message.fail(SubscriptionRequest.REDIS_AWAY, "a fault of this service");
    } else {
      demand(feeds, message);
    }
  }

  private void recall(Message<Recall> message) {
    Recall recall = message.body();
    Event event = kept.find(recall.account(), recall.eventId());
    if (event == null) {
      message.fail(Recall.NONE, "not kept");
    } else {
      message.reply(event, LOCAL);
    }
  }

  @Override
  public void changed(BridgeStatus.Condition condition) {
    metrics.bridges().report(index, condition);
  }

  /** The link goes to another node by itself, and any will do. */
  @Override
  public void unsettled() {}

  @Override
  public void interrupted(String account, Interruption interruption) {
    vertx.eventBus().publish(BusAddresses.events(account), interruption, LOCAL);
  }

  @Override
  public void regained(String account, Gap gap) {
    vertx.eventBus().publish(BusAddresses.events(account), gap, LOCAL);
  }

  @Override
  public void message(String channel, byte[] payload) {
    long receivedNanos = System.nanoTime();
    String account = channel.substring(channelPrefix.length());
    Traces.Receipt traced = traces.receive(account, payload.length);
    try {
      PayloadParser.Parsed parsed =
          parser.parse(account, payload, receivedNanos, traced == null ? null : traced.trace());
      metrics.payload(parsed.events().size());
      metrics.books().events(account, parsed.events().size());
      if (parsed.malformedEvents() > 0) {
        malformed(
            account, MalformedPayloadException.Reason.EVENT_NOT_OBJECT, parsed.malformedEvents());
      }
      String address = BusAddresses.events(account);
      for (Event event : parsed.events()) {
        keep(event);
        vertx.eventBus().publish(address, event, LOCAL);
      }
      if (traced != null) {
        traced.end(parsed.requestId(), parsed.events().size(), parsed.malformedEvents());
      }
    } catch (MalformedPayloadException failure) {
      if (traced != null) {
        traced.end(failure.reason().label());
      }
      metrics.payload(0);
      malformed(account, failure.reason(), 1);
    }
  }

  private void keep(Event event) {
    if (!guard.run(GuardedTask.KEEP, () -> kept.keep(event))) {
      // Its parts may not fit each other any more, and none is worth an event.
      kept.clear();
    }
  }

  private void malformed(String account, MalformedPayloadException.Reason reason, int count) {
    metrics.malformed(reason.label(), count);
    log.atWarn(reason.label())
        .addKeyValue("account", account)
        .addKeyValue("reason", reason.label())
        .log("Malformed payload");
  }
}
