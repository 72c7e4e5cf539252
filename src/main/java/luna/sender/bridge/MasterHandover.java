package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Keeps receiving from the former master after a failover. Publishers that connected to the former
 * master before the failover stay connected until a Sentinel demotes it, some ten seconds later.
 * Meanwhile it does not replicate to the new master.
 *
 * <p>How: the connection is kept until Redis closes it, reports that it is a replica, or does not
 * answer. {@link ResponseMerger} merges the responses of both masters, so events of a publisher
 * that changes from the former master to the new one are delivered in order. Confirmations of
 * subscriptions are queued, too, so that a channel is subscribed on both masters when it is
 * confirmed.
 *
 * <p>Errors: {@link Listener#ended}. If the former master does not confirm a subscription that the
 * new master has confirmed, the SUBSCRIBE is retried, and a gap covers the events until it is
 * confirmed.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
final class MasterHandover {
  private static final Duration TICK = Duration.ofMillis(100);

  /** Receives the responses of both masters, on the link's event loop. */
  interface Listener {
    /** Handles a response of the new master, or a message of the former one, in order. */
    void ordered(Response response);

    /**
     * Reports that the connection to the former master has ended.
     *
     * @param watermark the time up to which all its events have arrived
     */
    void ended(Gap.Cause cause, DualTimestamp watermark, String why);

    /**
     * Reports that the former master has confirmed all subscriptions, after one was missing.
     *
     * @param watermark the time up to which all its events have arrived
     */
    void subscribed(DualTimestamp watermark);

    /** Reports that a fault may have lost a response. Must not allocate memory. */
    void faulty();
  }

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Open open;
  private final Listener listener;
  private final HelloProbe probe;
  private final ResponseMerger merger;
  private final FormerSubscriptions subscriptions;

  private DualTimestamp watermark;
  private boolean ended;

  /** Whether the handlers of the connection are set. */
  private boolean listening;

  /** SUBSCRIBE or PSUBSCRIBE. A link uses only one of them. */
  private Command subscribe = Command.SUBSCRIBE;

  private long timer;

  /**
   * @param watermark all events published on the master before this time have arrived
   */
  MasterHandover(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      SteadyClock clock,
      Open open,
      DualTimestamp watermark,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.open = open;
    this.watermark = watermark;
    this.listener = listener;
    this.subscriptions = new FormerSubscriptions(open.hostAndPort());
    this.probe =
        new HelloProbe(
            guard, clock, open, address.probeTimeout(), watermark, this::received, this::broken);
    this.merger = new ResponseMerger(this::deliver, listener::faulty);
  }

  void start() {
    timer = guard.periodic(vertx, GuardedTask.REDIS_FORMER, TICK, this::tick);
    guard.run(GuardedTask.REDIS_FORMER, this::listen);
  }

  private void listen() {
    open.connection()
        .handler(
            guard.handler(GuardedTask.REDIS_FORMER, this::received, unread -> listener.faulty()));
    open.connection()
        .endHandler(end -> broken(Gap.Cause.REDIS_CLOSED, "the peer closed the connection"));
    open.connection()
        .exceptionHandler(failure -> broken(Gap.Cause.REDIS_LOST, CauseText.of(failure)));
    listening = true;
    sendHello();
  }

  boolean isSameServer(Open other) {
    return !ended && open.isSameServer(other);
  }

  /** Returns whether the former master has this address, and the handover has not ended. */
  boolean isAt(String hostAndPort) {
    return !ended && open.hostAndPort().equals(hostAndPort);
  }

  /** Returns whether the connection is the one to the former master, which the handover closes. */
  boolean owns(Open other) {
    return open == other;
  }

  boolean isEnded() {
    return ended;
  }

  /** Subscribes to a channel on the former master, too. */
  void subscribe(Command command, String channel) {
    if (!ended) {
      subscribe = command;
      subscribe(channel);
    }
  }

  /** Subscribes to a channel that the new master has confirmed already, or soon will. */
  void subscribeLate(Command command, String channel) {
    subscribe(command, channel);
    subscriptions.missing(channel);
  }

  private void subscribe(String channel) {
    subscriptions.requested(channel);
    open.connection().send(Request.cmd(subscribe).arg(channel));
  }

  void unsubscribe(String channel) {
    if (!ended) {
      open.connection().send(Request.cmd(Command.UNSUBSCRIBE).arg(channel));
      confirmed(channel);
    }
  }

  /**
   * Returns the earlier of {@code watermark} and the watermark of the former master if a
   * subscription is missing there; otherwise {@code watermark}.
   */
  DualTimestamp watermark(DualTimestamp watermark) {
    return ended || !subscriptions.anyMissing() ? watermark : watermark.orEarlier(this.watermark);
  }

  /** Handles a response of the new master. */
  void current(Response response) {
    if (ended) {
      merger.current(response);
      return;
    }
    merger.queue(response, probe.number() + 1);
    sendHello();
    merger.deliverExcess();
  }

  /** Delivers all queued responses, because the connection to the new master is lost. */
  void releaseAll() {
    merger.deliverAll();
  }

  /** Ends the handover without a report to the listener. */
  void close() {
    if (!ended) {
      ended = true;
      disconnect();
    }
  }

  private void disconnect() {
    open.close();
    // Last, so that the next tick retries a close that threw.
    vertx.cancelTimer(timer);
  }

  private void broken(Gap.Cause cause, String why) {
    // After a fault, the next HELLO fails or gets no answer.
    guard.run(GuardedTask.REDIS_FORMER, () -> end(cause, why));
  }

  /** Ends the handover, because the former master sends no more events. */
  void end(Gap.Cause cause, String why) {
    if (ended) {
      return;
    }
    ended = true;
    boolean clean =
        guard.run(GuardedTask.REDIS_FORMER, this::disconnect)
            & guard.run(GuardedTask.REDIS_FORMER, () -> listener.ended(cause, watermark, why))
            & guard.run(GuardedTask.REDIS_FORMER, this::releaseAll);
    if (!clean) {
      listener.faulty();
    }
  }

  private void tick() {
    if (ended) {
      disconnect();
      return;
    }
    long now = System.nanoTime();
    if (!listening) {
      listen();
    }
    if (probe.isMissed(now)) {
      end(Gap.Cause.REDIS_SILENT, "no answer from the former master");
      return;
    }
    sendHello();
    subscriptions.takeDue(now).forEach(this::subscribe);
    merger.deliverOverdue(now);
  }

  private void sendHello() {
    if (!ended) {
      probe.send();
    }
  }

  private void received(Response response) {
    if (ended) {
      return;
    }
    probe.heard();
    if (PushKind.isMessage(response)) {
      merger.former(response);
    } else if (isConfirmation(response)) {
      confirmed(response.get(1).toString());
    } else if (response.type() == ResponseType.MULTI && response.get("role") != null) {
      answered(response.get("role").toString());
    }
  }

  private void answered(String role) {
    if (!subscriptions.anyMissing()) {
      watermark = probe.sent();
    }
    probe.answered();
    if (!role.equals("master")) {
      end(Gap.Cause.REDIS_LOST, "the former master is a " + role);
      return;
    }
    merger.answered(probe.number());
    if (!merger.isEmpty()) {
      sendHello();
    }
  }

  /** Handles a confirmation of the former master. */
  private void confirmed(String channel) {
    if (subscriptions.confirmed(channel)) {
      listener.subscribed(watermark);
    }
  }

  private void deliver(Response response) {
    if (!ended && isConfirmation(response)) {
      subscriptions.confirmedByNewMaster(response.get(1).toString());
    }
    listener.ordered(response);
  }

  private static boolean isConfirmation(Response response) {
    String kind = PushKind.of(response);
    return kind.equals("subscribe") || kind.equals("psubscribe");
  }
}
