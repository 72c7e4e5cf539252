package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.LinkListener;
import luna.sender.bridge.PushKind;
import luna.sender.bridge.RedisClients;
import luna.sender.bridge.RedisFailureReason;
import luna.sender.bridge.RedisLink;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.Uuid;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of a recorder to the channels of all accounts, by one PSUBSCRIBE.
 *
 * <p>Errors: {@link Listener#interrupted}. A rejected PSUBSCRIBE is retried.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class EventSubscription implements EventSource, LinkListener {
  private final RedisLink link;
  private final Metrics metrics;
  private final String channelPrefix;
  private final int payloadLimitBytes;
  private final Listener listener;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  private boolean confirmed;
  private long requestedNanos;
  private long confirmedNanos;
  private long sinceNanos;
  private long barriers;

  /** Called when the last barrier is answered; null if none is pending. */
  private @Nullable Runnable afterBarrier;

  EventSubscription(Vertx vertx, RedisAddress address, Metrics metrics, Listener listener) {
    this.metrics = metrics;
    this.channelPrefix = address.channelPrefix() + ":";
    this.payloadLimitBytes = address.payloadLimitBytes();
    this.listener = listener;
    this.link =
        new RedisLink(
            vertx,
            metrics.guard(),
            address,
            new RedisClients(vertx, address),
            RedisLink.Kind.SUBSCRIPTIONS,
            "recorder-subscriber",
            metrics.gaps().clock(),
            this);
  }

  @Override
  public void start() {
    link.watchReplicas(channelPrefix + "*");
    link.start();
  }

  @Override
  public void stop() {
    link.stop();
  }

  @Override
  public long confirmedNanos() {
    return confirmedNanos;
  }

  @Override
  public boolean isConfirmed() {
    return confirmed;
  }

  @Override
  public boolean isConfirmedAtServerOf(CommandLink other) {
    return confirmed && other.isSameServer(link);
  }

  @Override
  public Future<Boolean> verifyMaster() {
    return link.verifyMaster();
  }

  @Override
  public long sinceNanos() {
    return sinceNanos;
  }

  @Override
  public DualTimestamp watermark() {
    return link.watermark();
  }

  @Override
  public void afterPublished(Runnable next) {
    afterBarrier = next;
    link.send(Request.cmd(Command.UNSUBSCRIBE).arg(BARRIER + ++barriers));
  }

  @Override
  public void retry(long now) {
    if (link.connected() && !confirmed && now - requestedNanos > RETRY_NANOS) {
      subscribe();
    }
  }

  private void subscribe() {
    requestedNanos = System.nanoTime();
    link.subscribe(Command.PSUBSCRIBE, channelPrefix + "*");
  }

  @Override
  public void connected() {
    subscribe();
  }

  @Override
  public void lost(Gap.Cause cause) {
    confirmed = false;
    metrics.recorder().notSubscribed(link.fault());
    afterBarrier = null;
    listener.interrupted(link.watermark());
  }

  @Override
  public void formerLost(Gap.Cause cause, DualTimestamp watermark) {
    if (confirmed) {
      afterBarrier = null;
      sinceNanos = System.nanoTime();
      if (cause == Gap.Cause.SUBSCRIPTION_LOST) {
        // Another recorder may have found that master earlier.
        confirmedNanos = sinceNanos;
        listener.interrupted(watermark);
        listener.confirmed();
      } else {
        listener.missed(watermark);
      }
    }
  }

  private void confirm() {
    confirmed = true;
    metrics.recorder().subscribed();
    confirmedNanos = System.nanoTime();
    sinceNanos = confirmedNanos;
    listener.confirmed();
  }

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
    if (!link.connected()) {
      metrics.recorder().notSubscribed(link.fault());
    }
  }

  @Override
  public void received(Response response) {
    if (response.type() == ResponseType.ERROR) {
      log.atWarn("psubscribe")
          .addKeyValue("error", response.toString())
          .log("Redis rejects PSUBSCRIBE; the history records nothing");
      metrics.recorder().notSubscribed("Redis rejects PSUBSCRIBE: " + response);
      return;
    }
    switch (PushKind.of(response)) {
      case "pmessage" -> message(PushKind.channel(response), PushKind.payload(response));
      case "psubscribe" -> {
        if (!confirmed) {
          confirm();
        }
      }
      case "unsubscribe" -> unsubscribed(String.valueOf(response.get(1)));
      default -> {
        // Other responses need no handling.
      }
    }
  }

  private void message(String channel, byte[] payload) {
    String account = channel.substring(channelPrefix.length());
    if (Uuid.is(account) && payload.length <= payloadLimitBytes) {
      listener.heard(account, payload);
    }
  }

  private void unsubscribed(String channel) {
    Runnable next = afterBarrier;
    if (next != null && channel.equals(BARRIER + barriers)) {
      afterBarrier = null;
      next.run();
    }
  }
}
