package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the link's active {@link MasterHandover}, if any. Responses of the current master pass
 * through it, so that it can merge them with those of the former master.
 *
 * <p>How: there is at most one handover. After its end it remains for {@link #DUPLICATES_LIMIT},
 * because messages of the former master can still arrive from its replica.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class ActiveHandover implements MasterHandover.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  /**
   * How long after the end of a handover duplicates of the former master's messages are dropped.
   */
  private static final Duration DUPLICATES_LIMIT = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisAddress address;
  private final String name;
  private final SteadyClock clock;
  private final Listener listener;

  private @Nullable MasterHandover handover;
  private boolean ended;
  private long removalNanos;

  /** Receives the responses of both masters. */
  interface Listener {
    /** Handles a response of the current master or a message of the former one, in order. */
    void deliver(Response response);

    /** As {@link LinkListener#formerLost}. */
    void formerLost(Gap.Cause cause, DualTimestamp watermark);

    /** Reports that a fault may have lost a response. Must not allocate memory. */
    void faulty();
  }

  /**
   * @param name the name of the link in the log
   */
  ActiveHandover(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      String name,
      SteadyClock clock,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.address = address;
    this.name = name;
    this.clock = clock;
    this.listener = listener;
  }

  /** Returns a handover that {@link #start} can start. */
  MasterHandover handover(Open left, DualTimestamp watermark) {
    return new MasterHandover(vertx, guard, address, clock, left, watermark, this);
  }

  /** Starts to receive from a replaced master. */
  void start(MasterHandover started) {
    handover = started;
    ended = false;
    started.start();
  }

  /**
   * Starts to receive from a master that was replaced before this link connected.
   *
   * @param searched when the last search did not find it
   */
  void follow(Open found, DualTimestamp searched) {
    LOG.atInfo()
        .addKeyValue("connection", name)
        .addKeyValue("server", found.hostAndPort())
        .log("Another master of Redis accepts events; subscribing there too");
    start(handover(found, searched));
  }

  boolean isPresent() {
    return handover != null;
  }

  /** Returns whether the link receives from a former master. */
  boolean isActive() {
    return handover != null && !handover.isEnded();
  }

  /** Returns whether the link receives from a former master at this address. */
  boolean isAt(String hostAndPort) {
    return handover != null && handover.isAt(hostAndPort);
  }

  /** Returns whether the connection belongs to the handover, which closes it. */
  boolean owns(Open open) {
    return handover != null && handover.owns(open);
  }

  /** Subscribes to a channel on the former master, too. */
  void subscribe(Command command, String channel) {
    if (handover != null) {
      handover.subscribe(command, channel);
    }
  }

  /** Subscribes to a channel of the current master on a former one that was found later. */
  void subscribeLate(Command command, String channel) {
    if (handover != null) {
      handover.subscribeLate(command, channel);
    }
  }

  void unsubscribe(String channel) {
    if (handover != null) {
      handover.unsubscribe(channel);
    }
  }

  /**
   * Returns {@code watermark}, or an earlier time if a subscription on the former master is
   * missing.
   */
  DualTimestamp watermark(DualTimestamp watermark) {
    return handover == null ? watermark : handover.watermark(watermark);
  }

  /** Handles a response of the current master. */
  void current(Response response) {
    if (handover == null) {
      listener.deliver(response);
    } else {
      handover.current(response);
    }
  }

  /** Delivers all queued responses of the current master, because its connection is lost. */
  void releaseAll() {
    if (handover != null) {
      handover.releaseAll();
    }
  }

  /** Ends the handover, because the current master is replaced, too. */
  void endForNext() {
    if (handover != null) {
      handover.releaseAll();
      handover.end(Gap.Cause.REDIS_LOST, "its successor is replaced too");
    }
  }

  /**
   * Ends the handover if the new connection leads to the former master itself. Its messages until
   * now are covered by the gap that began when it was replaced.
   */
  void closeIfSameServer(Open opened) {
    if (handover != null && handover.isSameServer(opened)) {
      handover.close();
      scheduleRemoval();
    }
  }

  void close() {
    if (handover != null) {
      handover.close();
    }
  }

  /** Removes a handover that ended {@link #DUPLICATES_LIMIT} ago. */
  void tick(long now) {
    if (ended && now - removalNanos >= 0) {
      handover = null;
      ended = false;
    }
  }

  private void scheduleRemoval() {
    removalNanos = System.nanoTime() + DUPLICATES_LIMIT.toNanos();
    ended = true;
  }

  @Override
  public void ordered(Response response) {
    listener.deliver(response);
  }

  @Override
  public void ended(Gap.Cause cause, DualTimestamp until, String why) {
    LOG.atInfo()
        .addKeyValue("connection", name)
        .addKeyValue("cause", why)
        .log("The connection to the former master of Redis has ended");
    scheduleRemoval();
    listener.formerLost(cause, until);
  }

  @Override
  public void subscribed(DualTimestamp watermark) {
    listener.formerLost(Gap.Cause.SUBSCRIPTION_LOST, watermark);
  }

  @Override
  public void faulty() {
    listener.faulty();
  }
}
