package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.MasterLinks;
import luna.sender.bridge.PushKind;
import luna.sender.bridge.RedisFailureReason;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of a recorder to the sharded channels of {@code RECORD_ACCOUNTS}, each at the
 * master of its slot. Redis has no pattern for sharded channels.
 *
 * <p>How: the masters are independent. While one of them is lost, or while a slot moves, only its
 * accounts are interrupted, and {@link Listener#resumed} reports the time that each of them has
 * missed.
 *
 * <p>Errors: {@link Listener#partlyInterrupted}. Subscriptions without an answer are retried.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class ShardedSubscription implements EventSource, MasterLinks.Listener {

  /** How long a recorder waits at its start for accounts whose master does not answer. */
  private static final long START_NANOS = Duration.ofSeconds(5).toNanos();

  private final MasterLinks links;
  private final Metrics metrics;
  private final int payloadLimitBytes;
  private final Listener listener;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);
  private final Map<String, ShardedChannel> channels = new LinkedHashMap<>();

  private boolean begun;
  private long startNanos;
  private long confirmedNanos;
  private long sinceNanos;
  private long barriers;

  /** The masters whose answer to the last barrier is missing. */
  private final Set<String> unanswered = new HashSet<>();

  /** Called when the last barrier is answered; null if none is pending. */
  private @Nullable Runnable afterBarrier;

  /**
   * @param accounts lower-case UUIDs
   */
  ShardedSubscription(
      Vertx vertx,
      RedisAddress address,
      List<String> accounts,
      Metrics metrics,
      Listener listener) {
    this.links = new MasterLinks(vertx, address, "recorder-subscriber", metrics, this);
    this.metrics = metrics;
    this.payloadLimitBytes = address.payloadLimitBytes();
    this.listener = listener;
    for (String account : accounts) {
      String name = address.channelPrefix() + ":" + account;
      channels.put(name, new ShardedChannel(name, account));
    }
  }

  @Override
  public void start() {
    startNanos = System.nanoTime();
    links.start();
  }

  @Override
  public void stop() {
    links.stop();
  }

  @Override
  public boolean isConfirmed() {
    return begun && channels.values().stream().anyMatch(channel -> channel.confirmed);
  }

  @Override
  public boolean isConfirmedAtServerOf(CommandLink commands) {
    return isConfirmed();
  }

  @Override
  public long confirmedNanos() {
    return confirmedNanos;
  }

  @Override
  public long sinceNanos() {
    return sinceNanos;
  }

  @Override
  public DualTimestamp watermark() {
    DualTimestamp earliest = metrics.gaps().clock().now();
    for (String master : links.connected()) {
      earliest = earliest.orEarlier(links.watermark(master));
    }
    for (ShardedChannel channel : channels.values()) {
      if (channel.missingSince != null) {
        earliest = earliest.orEarlier(channel.missingSince);
      }
    }
    return earliest;
  }

  @Override
  public Future<Boolean> verifyMaster() {
    return Future.succeededFuture(true);
  }

  @Override
  public void afterPublished(Runnable next) {
    barriers++;
    unanswered.clear();
    unanswered.addAll(links.connected());
    afterBarrier = next;
    List.copyOf(unanswered).forEach(master -> links.sendBarrier(master, BARRIER + barriers));
    checkBarrier();
  }

  private void checkBarrier() {
    Runnable next = afterBarrier;
    if (next != null && unanswered.isEmpty()) {
      afterBarrier = null;
      next.run();
    }
  }

  @Override
  public void retry(long now) {
    for (ShardedChannel channel : channels.values()) {
      if (!channel.confirmed && now - channel.requestedNanos > RETRY_NANOS) {
        subscribe(channel);
      }
    }
    checkBegin(now);
  }

  private void subscribe(ShardedChannel channel) {
    if (channel.master != null && links.isConnected(channel.master)) {
      channel.requestedNanos = System.nanoTime();
      links.subscribe(channel.master, channel.name);
    }
  }

  /** Begins when all accounts are subscribed, or as many as possible. */
  private void checkBegin(long now) {
    long confirmed = channels.values().stream().filter(channel -> channel.confirmed).count();
    boolean late = now - startNanos > START_NANOS;
    if (begun || confirmed == 0 || (confirmed < channels.size() && !late)) {
      return;
    }
    begun = true;
    confirmedNanos = now;
    sinceNanos = now;
    for (ShardedChannel channel : channels.values()) {
      if (!channel.confirmed) {
        channel.missingSince = metrics.gaps().clock().now();
      }
    }
    metrics.recorder().subscribed();
    listener.confirmed();
  }

  @Override
  public boolean slotsRead() {
    boolean settled = true;
    for (ShardedChannel channel : channels.values()) {
      String owner = links.owner(channel.name);
      if (owner != null && !owner.equals(channel.master)) {
        if (channel.master != null) {
          channel.lost(links.watermark(channel.master), begun);
        }
        channel.master = owner;
        subscribe(channel);
      }
      settled &= channel.confirmed;
    }
    return settled;
  }

  @Override
  public void connected(String master) {
    for (ShardedChannel channel : channels.values()) {
      if (master.equals(channel.master)) {
        subscribe(channel);
      }
    }
  }

  @Override
  public void lost(String master, DualTimestamp watermark) {
    boolean any = false;
    for (ShardedChannel channel : channels.values()) {
      if (master.equals(channel.master)) {
        any |= channel.lost(watermark, begun);
      }
    }
    if (any && begun) {
      confirmedNanos = System.nanoTime();
      if (channels.values().stream().noneMatch(channel -> channel.confirmed)) {
        metrics.recorder().notSubscribed(links.fault());
      }
      listener.partlyInterrupted();
    }
    unanswered.remove(master);
    checkBarrier();
  }

  @Override
  public void rejected(RedisFailureReason reason) {
    metrics.redis().rejected(reason.label());
    if (!begun) {
      metrics.recorder().notSubscribed(links.fault());
    }
  }

  @Override
  public void received(String master, Response response) {
    if (response.type() == ResponseType.ERROR) {
      failed(response.toString());
      return;
    }
    String kind = PushKind.of(response);
    switch (kind) {
      case "smessage" -> message(PushKind.channel(response), PushKind.payload(response));
      case "ssubscribe" -> subscribed(master, String.valueOf(response.get(1)));
      case "sunsubscribe" -> unsubscribed(master, String.valueOf(response.get(1)));
      case "unsubscribe" -> {
        if (String.valueOf(response.get(1)).equals(BARRIER + barriers)) {
          unanswered.remove(master);
          checkBarrier();
        }
      }
      default -> {
        // Other responses need no handling.
      }
    }
  }

  private void failed(String error) {
    if (error.startsWith("MOVED") || error.startsWith("CLUSTERDOWN")) {
      links.slotsMayHaveChanged();
      return;
    }
    log.atWarn("ssubscribe")
        .addKeyValue("error", error)
        .log("Redis rejects SSUBSCRIBE; the history does not record the account");
    if (!begun) {
      metrics.recorder().notSubscribed("Redis rejects SSUBSCRIBE: " + error);
    }
  }

  private void message(String name, byte[] payload) {
    ShardedChannel channel = channels.get(name);
    if (channel != null && payload.length <= payloadLimitBytes) {
      listener.heard(channel.account, payload);
    }
  }

  private void subscribed(String master, String name) {
    ShardedChannel channel = channels.get(name);
    if (channel == null || channel.confirmed || !master.equals(channel.master)) {
      return;
    }
    channel.confirmed = true;
    DualTimestamp since = channel.missingSince;
    channel.missingSince = null;
    if (since != null) {
      metrics.recorder().subscribed();
      listener.resumed(channel.account, since);
    }
    checkBegin(System.nanoTime());
  }

  /** The slot has moved to another master. What the old one has published has arrived. */
  private void unsubscribed(String master, String name) {
    ShardedChannel channel = channels.get(name);
    if (channel != null && master.equals(channel.master)) {
      channel.lost(links.watermark(master), begun);
      links.slotsMayHaveChanged();
    }
  }
}
