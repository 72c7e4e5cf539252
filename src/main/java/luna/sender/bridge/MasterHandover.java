package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Keeps receiving from the former master after a failover, and merges both message streams in
 * publish order. Publishers that connected to the former master before the failover stay connected
 * until a Sentinel demotes it, some ten seconds later. Meanwhile it does not replicate to the new
 * master.
 *
 * <p>Shape: the connection is kept until Redis closes it, reports that it is a replica, or does not
 * answer. A response of the new master is queued until the former one answers a HELLO that was sent
 * after the response arrived. So events of a publisher that changes from the former master to the
 * new one are delivered in order. Confirmations of subscriptions are queued, too, so that a channel
 * is subscribed on both masters when it is confirmed. A message that arrives from both masters,
 * because one replicates from the other, is delivered once.
 *
 * <p>Example: the former master sends event 1, and the publisher then moves. Event 2 arrives from
 * the new master first and is queued. Event 1 arrives and is delivered; then the answer to HELLO
 * arrives, and event 2 is delivered.
 *
 * <p>Why HELLO: it needs no permission, its answer contains the role, and it arrives after all
 * messages that were sent before.
 *
 * <p>Errors: {@link Listener#ended}. A response that is queued longer than {@link #WAIT_LIMIT} is
 * delivered without the answer, perhaps out of order. If the former master does not confirm a
 * subscription that the new master has confirmed, the SUBSCRIBE is retried, and a gap covers the
 * events until it is confirmed.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
final class MasterHandover {
  static final Duration WAIT_LIMIT = Duration.ofSeconds(1);
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
    void ended(Gap.Cause cause, Moment watermark, String why);

    /**
     * Reports that the former master has confirmed all subscriptions, after one was missing.
     *
     * @param watermark the time up to which all its events have arrived
     */
    void subscribed(Moment watermark);

    /** Reports that a fault may have lost a response. Must not allocate memory. */
    void faulty();
  }

  private final Vertx vertx;
  private final FaultGuard guard;
  private final SteadyClock clock;
  private final Open open;
  private final Listener listener;
  private final AnswerDeadline deadline;
  private final Deduplicator duplicates = new Deduplicator();
  private final WaitingResponses waiting = new WaitingResponses();
  private final FormerSubscriptions subscriptions;

  private long hellos;
  private Moment helloSent;
  private Moment watermark;
  private boolean ended;

  /** Whether the handlers of the connection are set. */
  private boolean listening;

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
      Moment watermark,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.clock = clock;
    this.open = open;
    this.watermark = watermark;
    this.helloSent = watermark;
    this.listener = listener;
    this.subscriptions = new FormerSubscriptions(open.hostAndPort());
    this.deadline = new AnswerDeadline(address.probeTimeout());
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
    hello();
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
  void subscribe(String channel) {
    if (!ended) {
      subscriptions.requested(channel);
      open.connection().send(Request.cmd(Command.SUBSCRIBE).arg(channel));
    }
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
  Moment watermark(Moment watermark) {
    return ended || !subscriptions.anyMissing() ? watermark : watermark.orEarlier(this.watermark);
  }

  /** Handles a response of the new master. */
  void current(Response response) {
    if (ended) {
      deliver(Deduplicator.Side.CURRENT, response);
      return;
    }
    int bytes = isMessage(response) ? response.get(2).toBytes().length : 0;
    waiting.add(response, bytes, hellos + 1);
    hello();
    while (waiting.isOverLimit()) {
      releaseFirst();
    }
  }

  /** Delivers all queued responses, because the connection to the new master is lost. */
  void releaseAll() {
    while (!waiting.isEmpty()) {
      releaseFirst();
    }
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
    if (deadline.isMissed(now)) {
      end(Gap.Cause.REDIS_SILENT, "no answer from the former master");
      return;
    }
    hello();
    subscriptions.takeDue(now).forEach(this::subscribe);
    while (waiting.isFirstOverdue(now, WAIT_LIMIT)) {
      releaseFirst();
    }
  }

  /** Sends a HELLO, unless one is pending. */
  private void hello() {
    if (ended || deadline.isWaiting()) {
      return;
    }
    hellos++;
    helloSent = clock.now();
    deadline.asked(System.nanoTime());
    // If a push arrives before the answer, the Redis client discards the future, and passes the
    // answer to the connection's handler.
    guard.ask(
        GuardedTask.REDIS_FORMER,
        () -> open.connection().send(RedisConnector.hello()),
        answer -> {
          if (answer.succeeded()) {
            received(answer.result());
          } else {
            helloFailed(answer.cause());
          }
        });
  }

  /**
   * Handles a failure of HELLO. An error of Redis is no answer to it: the error belongs to an
   * earlier SUBSCRIBE, and the answer to HELLO comes to the connection's handler. If Redis rejects
   * HELLO itself, the deadline is missed.
   */
  private void helloFailed(Throwable failure) {
    if (RedisErrors.isClosed(failure)) {
      // Perhaps the connection was closed before its handlers were set.
      broken(Gap.Cause.REDIS_CLOSED, RedisErrors.text(failure));
    } else if (!RedisErrors.isAnswer(failure)) {
      // HELLO was not sent, because of a fault. The next tick sends it again.
      deadline.answered();
    }
  }

  private void received(Response response) {
    if (ended) {
      return;
    }
    deadline.heard(System.nanoTime());
    if (isMessage(response)) {
      deliver(Deduplicator.Side.FORMER, response);
    } else if (isConfirmation(response)) {
      confirmed(response.get(1).toString());
    } else if (response.type() == ResponseType.MULTI && response.get("role") != null) {
      answered(response.get("role").toString());
    }
  }

  private void answered(String role) {
    if (!subscriptions.anyMissing()) {
      watermark = helloSent;
    }
    deadline.answered();
    if (!role.equals("master")) {
      end(Gap.Cause.REDIS_LOST, "the former master is a " + role);
      return;
    }
    while (waiting.isFirstAnswered(hellos)) {
      releaseFirst();
    }
    if (!waiting.isEmpty()) {
      hello();
    }
  }

  /** Handles a confirmation of the former master. */
  private void confirmed(String channel) {
    if (subscriptions.confirmed(channel)) {
      listener.subscribed(watermark);
    }
  }

  private void releaseFirst() {
    Response first = waiting.removeFirst();
    boolean delivered = false;
    try {
      deliver(Deduplicator.Side.CURRENT, first);
      delivered = true;
    } finally {
      if (!delivered) {
        listener.faulty();
      }
    }
  }

  private void deliver(Deduplicator.Side side, Response response) {
    if (!ended && isConfirmation(response)) {
      subscriptions.confirmedByNewMaster(response.get(1).toString());
    }
    if (!isMessage(response)
        || duplicates.take(side, response.get(1).toString(), response.get(2).toBytes())) {
      listener.ordered(response);
    }
  }

  private static boolean isConfirmation(Response response) {
    return PushKind.of(response).equals("subscribe");
  }

  private static boolean isMessage(@Nullable Response response) {
    String kind = PushKind.of(response);
    return kind.equals("message") || kind.equals("smessage");
  }
}
