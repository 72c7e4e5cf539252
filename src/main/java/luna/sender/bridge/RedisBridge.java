package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import luna.sender.config.RedisAddress;
import luna.sender.event.Addresses;
import luna.sender.event.Demand;
import luna.sender.event.Event;
import luna.sender.ops.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscribes to the accounts that hubs of this process want, and publishes their events on the bus.
 *
 * <p>Shape: one SUBSCRIBE per account, whatever the number of clients; accounts are spread over
 * {@code BRIDGES} of these by {@link Addresses#bridgeOf}.
 *
 * <p>Errors: while Redis is away a demand fails with {@link Demand#REDIS_AWAY}, and what was
 * confirmed is subscribed again as soon as it is back; the gap is counted and logged.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/
 */
public final class RedisBridge extends VerticleBase implements RedisLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(RedisBridge.class);
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /** At most one log line about malformed payloads in this time; the counter has them all. */
  private static final Duration MALFORMED_LOG_INTERVAL = Duration.ofSeconds(10);

  private final RedisAddress address;
  private final int index;
  private final Metrics metrics;
  private final String channelPrefix;
  private final PayloadParser parser;
  private final Map<String, Subscription> subscriptions = new HashMap<>();

  /** SUBSCRIBEs on their way; Redis answers them in this order. */
  private final Deque<Subscription> unconfirmed = new ArrayDeque<>();

  private @Nullable RedisLink link;
  private @Nullable MessageConsumer<Demand> demands;
  private long gapStartNanos;
  private boolean gap;
  private long nextMalformedLogNanos = System.nanoTime();

  /**
   * @param index which of the {@code BRIDGES} this is, from 0
   */
  public RedisBridge(RedisAddress address, int index, Metrics metrics) {
    this.address = address;
    this.index = index;
    this.metrics = metrics;
    this.channelPrefix = address.channelPrefix() + ":";
    this.parser = new PayloadParser(address.payloadLimitBytes());
  }

  /** Succeeds at once: a node starts without Redis, and is not ready until it is there. */
  @Override
  public Future<?> start() {
    link = new RedisLink(vertx, address, "subscriber-" + index, this);
    demands = vertx.eventBus().localConsumer(Addresses.demand(index), this::demand);
    link.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    if (link().connected()) {
      metrics.redisConnected(-1);
    }
    link().stop();
    return demands == null ? Future.succeededFuture() : demands.unregister();
  }

  @Override
  public void connected() {
    metrics.redisConnected(1);
    subscriptions.values().forEach(this::subscribe);
    closeGapWhenSubscribed();
  }

  @Override
  public void lost() {
    metrics.redisConnected(-1);
    unconfirmed.clear();
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.confirmed) {
        metrics.subscriptions(-1);
        if (!gap) {
          gap = true;
          gapStartNanos = System.nanoTime();
        }
      }
      subscription.fail(Demand.REDIS_AWAY, "Redis was lost");
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
      case "message" -> payload(push.get(1).toString(), push.get(2).toBytes());
      case "subscribe" -> confirmed();
      default -> {
        // The answer to UNSUBSCRIBE: nobody waits for it.
      }
    }
  }

  private void demand(Message<Demand> message) {
    Demand demand = message.body();
    if (!demand.wanted()) {
      release(demand);
      message.reply(null);
      return;
    }
    Subscription subscription = subscriptions.computeIfAbsent(demand.account(), Subscription::new);
    subscription.hubs.add(demand.hub());
    if (subscription.confirmed) {
      message.reply(null);
    } else if (!link().connected()) {
      message.fail(Demand.REDIS_AWAY, "Redis is away");
    } else {
      subscription.await(message);
      if (!subscription.asked) {
        subscribe(subscription);
      }
    }
  }

  private void release(Demand demand) {
    Subscription subscription = subscriptions.get(demand.account());
    if (subscription == null
        || !subscription.hubs.remove(demand.hub())
        || !subscription.hubs.isEmpty()) {
      return;
    }
    subscriptions.remove(demand.account());
    if (subscription.confirmed) {
      metrics.subscriptions(-1);
    }
    if (subscription.confirmed || subscription.asked) {
      link().send(command(Command.UNSUBSCRIBE, demand.account()));
    }
  }

  private void subscribe(Subscription subscription) {
    subscription.asked = true;
    unconfirmed.add(subscription);
    link().send(command(Command.SUBSCRIBE, subscription.account));
  }

  private void confirmed() {
    Subscription subscription = unconfirmed.poll();
    if (subscription == null) {
      return;
    }
    if (subscriptions.get(subscription.account) == subscription) {
      metrics.subscriptions(1);
    }
    subscription.confirm();
    closeGapWhenSubscribed();
  }

  /** Redis answers in order, so an error belongs to the oldest SUBSCRIBE without an answer. */
  private void refused(String error) {
    Subscription subscription = unconfirmed.poll();
    if (subscription == null) {
      LOG.atError().addKeyValue("error", error).log("Redis sent an error that answers nothing");
      return;
    }
    LOG.atError()
        .addKeyValue("account", subscription.account)
        .addKeyValue("error", error)
        .log("Redis refused the subscription; the account's clients get no events");
    // It stays known which hubs want the account: some may have clients from before the refusal.
    subscription.fail(Demand.REFUSED, error);
    closeGapWhenSubscribed();
  }

  private void closeGapWhenSubscribed() {
    if (!gap || !unconfirmed.isEmpty()) {
      return;
    }
    gap = false;
    Duration length = Duration.ofNanos(System.nanoTime() - gapStartNanos);
    metrics.gap(length);
    LOG.atWarn()
        .addKeyValue("bridge", index)
        .addKeyValue("seconds", length.toMillis() / 1000.0)
        .addKeyValue("accounts", subscriptions.size())
        .log("Gap closed: events published meanwhile are lost");
  }

  private void payload(String channel, byte[] payload) {
    long receivedNanos = System.nanoTime();
    String account = channel.substring(channelPrefix.length());
    try {
      PayloadParser.Parsed parsed = parser.parse(account, payload, receivedNanos);
      metrics.payload(parsed.events().size());
      if (parsed.malformedEvents() > 0) {
        malformed(account, MalformedPayload.Reason.EVENT_NOT_OBJECT, parsed.malformedEvents());
      }
      String address = Addresses.events(account);
      for (Event event : parsed.events()) {
        vertx.eventBus().publish(address, event, LOCAL);
      }
    } catch (MalformedPayload failure) {
      metrics.payload(0);
      malformed(account, failure.reason(), 1);
    }
  }

  private void malformed(String account, MalformedPayload.Reason reason, int count) {
    metrics.malformed(reason.label(), count);
    long now = System.nanoTime();
    if (now - nextMalformedLogNanos >= 0) {
      nextMalformedLogNanos = now + MALFORMED_LOG_INTERVAL.toNanos();
      LOG.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("reason", reason.label())
          .log("Malformed payload");
    }
  }

  private Request command(Command command, String account) {
    return Request.cmd(command).arg(channelPrefix + account);
  }

  private RedisLink link() {
    if (link == null) {
      throw new IllegalStateException("bridge: not started (expected: started)");
    }
    return link;
  }
}
