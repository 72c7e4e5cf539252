package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Arrays;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;
import luna.sender.config.WsSettings;
import luna.sender.event.BusAddresses;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.EventSchema;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.Position;
import luna.sender.event.StoredEventRequest;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes to the accounts that the hubs of this process request, and publishes their events on
 * the event bus.
 *
 * <p>How: one SUBSCRIBE per account, independent of the number of clients. Accounts are distributed
 * over {@code BRIDGES} instances by {@link BusAddresses#bridgeOf}. A {@link Gap} is published where
 * events may be missing ({@link GapReporter}). Malformed events are counted here.
 *
 * <p>Errors: requests fail as described at {@link Feed}.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RedisBridge extends VerticleBase implements Feed.Listener {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final RedisAddress address;
  private final HistorySettings history;
  private final int index;
  private final String node;
  private final Metrics metrics;
  private final Traces traces;
  private final FaultGuard guard;
  private final String channelPrefix;
  private final PayloadParser parser;
  private final RecentEvents recentEvents;

  /** The accounts with history; null without history. */
  private @Nullable LiveAccounts live;

  private @Nullable SubscriptionBackend feeds;
  private @Nullable MessageConsumer<SubscriptionRequest> requests;
  private final RateLimitedLog log = RateLimitedLog.of(RedisBridge.class);

  /**
   * @param ws sets how many recent events are stored
   * @param history whether events are received with their position
   * @param events the attributes that filters test
   * @param index which of the {@code BRIDGES} this is, from 0
   * @param node identifies this process among all others at the same Redis
   */
  public RedisBridge(
      RedisAddress address,
      HistorySettings history,
      WsSettings ws,
      EventSchema events,
      int index,
      String node,
      Metrics metrics,
      Traces traces) {
    this.address = address;
    this.history = history;
    this.index = index;
    this.node = node;
    this.metrics = metrics;
    this.traces = traces;
    this.guard = metrics.guard();
    this.channelPrefix = address.channelPrefix() + ":";
    this.parser = new PayloadParser(address.payloadLimitBytes(), events, ws.keptEvents() > 0);
    this.recentEvents =
        new RecentEvents(ws.keptEvents(), ws.keptEventsLimitBytes() / address.bridges());
    metrics
        .redis()
        .expectRefusals(
            Arrays.stream(RedisFailureReason.values()).map(RedisFailureReason::label).toList());
    metrics
        .events()
        .expectMalformed(
            Arrays.stream(MalformedPayloadException.Reason.values())
                .map(MalformedPayloadException.Reason::label)
                .toList());
  }

  /** Succeeds immediately: a node starts without Redis, and is not ready until it is connected. */
  @Override
  public Future<?> start() {
    SubscriptionBackend started =
        address.cluster().sharded()
            ? new ShardedFeeds(vertx, guard, address, index, node, metrics, this)
            : classic();
    feeds = started;
    if (history.enabled()) {
      LiveAccounts accounts =
          new LiveAccounts(
              vertx,
              metrics,
              new HistoryKeys(address.channelPrefix()),
              history,
              index,
              address.commandTimeout(),
              address.cluster().isUsed() && !address.cluster().sharded(),
              new HistoryPublisher());
      live = accounts;
      accounts.start();
    }
    requests =
        guard.<SubscriptionRequest>consumer(
            vertx,
            GuardedTask.SUBSCRIPTION_REQUEST,
            BusAddresses.subscriptionRequests(index),
            message -> onRequest(started, message),
            message -> onRequestFault(started, message));
    guard.<StoredEventRequest>consumer(
        vertx, GuardedTask.FIND_EVENT, BusAddresses.recall(index), this::recall);
    metrics.redis().bridges().connecting(connection());
    started.start();
    return Future.succeededFuture();
  }

  private Feed classic() {
    Canary canary =
        address.canaryInterval().isZero()
            ? null
            : new Canary(vertx, address, index, node, true, metrics);
    return new Feed(
        vertx,
        guard,
        address,
        new RedisClients(vertx, address),
        PubSub.CLASSIC,
        connection(),
        canary,
        metrics,
        this);
  }

  private String connection() {
    return "subscriber-" + index;
  }

  @Override
  public Future<?> stop() {
    if (live != null) {
      live.stop();
    }
    if (feeds != null) {
      feeds.stop();
    }
    return requests == null ? Future.succeededFuture() : requests.unregister();
  }

  private void onRequest(SubscriptionBackend feeds, Message<SubscriptionRequest> message) {
    SubscriptionRequest request = message.body();
    String account = request.account();
    String channel = live == null ? channelPrefix + account : live.channel(account);
    if (request.subscribe()) {
      if (live != null) {
        live.acquire(account, request.hub());
      }
      feeds.acquire(channel, request, message);
    } else {
      feeds.release(channel, request.hub());
      if (live != null) {
        live.release(account, request.hub());
      }
      message.reply(null);
    }
  }

  /**
   * Handles a request for which {@link #onRequest} threw. A release is retried, because the hub
   * does not send it again, and the account would stay subscribed.
   */
  private void onRequestFault(SubscriptionBackend feeds, Message<SubscriptionRequest> message) {
    if (message.body().subscribe()) {
      message.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "a fault of this service");
    } else {
      onRequest(feeds, message);
    }
  }

  private void recall(Message<StoredEventRequest> message) {
    StoredEventRequest recall = message.body();
    Event event = recentEvents.find(recall.account(), recall.eventId());
    if (event == null) {
      message.fail(StoredEventRequest.NONE, "not stored");
    } else {
      message.reply(event, LOCAL);
    }
  }

  @Override
  public void changed(BridgeStatus.Condition condition) {
    metrics.redis().bridges().report(index, condition);
    metrics.redis().bridges().attempted(connection());
  }

  /**
   * Does nothing: the link connects to another node by itself, and every node delivers all events.
   */
  @Override
  public void ownersMayHaveChanged() {}

  @Override
  public void confirmed(String account, Message<SubscriptionRequest> request) {
    if (live == null) {
      request.reply(null);
    } else {
      live.confirmed(account, request);
    }
  }

  @Override
  public void ledgerGapEnded(GapLedger.Entry entry, DualTimestamp to) {
    if (live == null) {
      metrics.gaps().close(entry, to, Gap.UNKNOWN);
    } else {
      live.ledgerGapEnded(entry);
    }
  }

  @Override
  public void interrupted(String account, Interruption interruption) {
    if (live != null) {
      live.interrupted(account, interruption);
      return;
    }
    vertx.eventBus().publish(BusAddresses.events(account), interruption, LOCAL);
  }

  @Override
  public void gapEnded(String account, Gap gap) {
    if (live != null) {
      live.interruptionEnded(account, gap);
      return;
    }
    vertx.eventBus().publish(BusAddresses.events(account), gap, LOCAL);
  }

  @Override
  public void message(String channel, byte[] payload) {
    if (live == null) {
      publish(channel.substring(channelPrefix.length()), payload, null, null);
    } else {
      live.received(channel, payload);
    }
  }

  /**
   * @param position of the payload in the account's history; null without history
   * @param receiver is notified of each event; null without history
   */
  private void publish(
      String account, byte[] payload, @Nullable Position position, @Nullable LiveAccount receiver) {
    long receivedNanos = System.nanoTime();
    Traces.Receipt receipt = traces.receive(account, payload.length);
    try {
      PayloadParser.Parsed parsed =
          parser.parse(
              account, payload, receivedNanos, receipt == null ? null : receipt.trace(), position);
      metrics.events().payload(parsed.events().size());
      metrics.accounts().events(account, parsed.events().size());
      if (parsed.malformedEvents() > 0) {
        malformed(
            account, MalformedPayloadException.Reason.EVENT_NOT_OBJECT, parsed.malformedEvents());
      }
      String address = BusAddresses.events(account);
      for (Event event : parsed.events()) {
        store(event);
        vertx.eventBus().publish(address, event, LOCAL);
        if (receiver != null) {
          receiver.published(event.position());
        }
      }
      if (receipt != null) {
        receipt.end(parsed.requestId(), parsed.events().size(), parsed.malformedEvents());
      }
    } catch (MalformedPayloadException failure) {
      if (receipt != null) {
        receipt.end(failure.reason().label());
      }
      metrics.events().payload(0);
      malformed(account, failure.reason(), 1);
    }
  }

  /** Publishes the events of accounts with history. */
  private final class HistoryPublisher implements LiveAccounts.Publisher {
    @Override
    public void payload(LiveAccount account, byte[] payload, Position position) {
      publish(account.account, payload, position, account);
    }

    @Override
    public void event(Event event) {
      store(event);
      vertx.eventBus().publish(BusAddresses.events(event.account()), event, LOCAL);
    }
  }

  private void store(Event event) {
    if (!guard.run(GuardedTask.STORE_EVENT, () -> recentEvents.add(event))) {
      // Its indexes may be inconsistent. Clear it, because delivery is more important.
      recentEvents.clear();
    }
  }

  private void malformed(String account, MalformedPayloadException.Reason reason, int count) {
    metrics.events().malformed(reason.label(), count);
    log.atWarn(reason.label())
        .addKeyValue("account", account)
        .addKeyValue("reason", reason.label())
        .log("Malformed payload");
  }
}
