package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
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
 * The connection to a master that was replaced, and the order of its messages and those of the new
 * master. Publishers that connected to the former master before the failover stay there until a
 * Sentinel demotes it, some ten seconds later. Meanwhile it does not replicate to the new master.
 *
 * <p>Shape: the connection is kept until Redis closes it, reports that it is a replica, or does not
 * answer. Each response of the new master waits until the former one has answered a HELLO that was
 * sent after the response arrived. So events of a publisher that changes from the former master to
 * the new one are delivered in order. Confirmations of subscriptions wait, too, so that a channel
 * is subscribed at both masters when it is confirmed. A message that arrives from both masters,
 * because one replicates from the other, is delivered once.
 *
 * <p>Example: the former master sends event 1, and the publisher then moves. Event 2 arrives from
 * the new master first. It waits; event 1 arrives, then the answer to HELLO, and both are delivered
 * in order.
 *
 * <p>Why HELLO: it needs no permission, its answer contains the role, and it arrives after all
 * messages that were sent before.
 *
 * <p>Errors: {@link Listener#ended}. A response that waits longer than {@link #WAIT_LIMIT} is
 * delivered out of order.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
final class MasterHandover {
  static final Duration WAIT_LIMIT = Duration.ofSeconds(1);
  private static final int WAITING_LIMIT = 10_000;
  private static final int WAITING_LIMIT_BYTES = 32 << 20;
  private static final Duration TICK = Duration.ofMillis(100);

  /** Receives the responses of both masters, on the link's event loop. */
  interface Listener {
    /** Handles a response of the new master, or a message of the former one, in order. */
    void ordered(Response response);

    /**
     * Reports that no more messages of the former master will arrive.
     *
     * @param covered the time up to which all its events have arrived
     */
    void ended(Gap.Cause cause, Moment covered, String why);

    /** Reports that a fault may have lost a response. Must not allocate memory. */
    void faulty();
  }

  /** A response of the new master that waits for the answer to the HELLO with this number. */
  private record Waiting(Response response, int bytes, long hello, long sinceNanos) {}

  private final Vertx vertx;
  private final FaultGuard guard;
  private final SteadyClock clock;
  private final Open open;
  private final Listener listener;
  private final AnswerDeadline deadline;
  private final Deduplicator duplicates = new Deduplicator();
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  private int waitingBytes;
  private long hellos;
  private Moment helloSent;
  private Moment covered;
  private boolean ended;

  /** Whether the handlers of the connection are set. */
  private boolean listening;

  private long timer;

  /**
   * @param covered the time up to which all events of the master have arrived
   */
  MasterHandover(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      SteadyClock clock,
      Open open,
      Moment covered,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.clock = clock;
    this.open = open;
    this.covered = covered;
    this.helloSent = covered;
    this.listener = listener;
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

  /** Sends a SUBSCRIBE or UNSUBSCRIBE to the former master, too. */
  void send(Request request) {
    if (!ended) {
      open.connection().send(request);
    }
  }

  /** Handles a response of the new master. */
  void current(Response response) {
    if (ended) {
      deliver(Deduplicator.Side.CURRENT, response);
      return;
    }
    int bytes = isMessage(response) ? response.get(2).toBytes().length : 0;
    waiting.add(new Waiting(response, bytes, hellos + 1, System.nanoTime()));
    waitingBytes += bytes;
    hello();
    while (waiting.size() > WAITING_LIMIT || waitingBytes > WAITING_LIMIT_BYTES) {
      releaseFirst();
    }
  }

  /** Delivers all waiting responses, because the connection to the new master is lost. */
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
    // Last, so that after a fault the next tick repeats it.
    vertx.cancelTimer(timer);
  }

  private void broken(Gap.Cause cause, String why) {
    // After a fault, the next HELLO fails or gets no answer.
    guard.run(GuardedTask.REDIS_FORMER, () -> end(cause, why));
  }

  /** Ends the handover, because the former master cannot be used any more. */
  void end(Gap.Cause cause, String why) {
    if (ended) {
      return;
    }
    ended = true;
    boolean clean =
        guard.run(GuardedTask.REDIS_FORMER, this::disconnect)
            & guard.run(GuardedTask.REDIS_FORMER, () -> listener.ended(cause, covered, why))
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
    while (!waiting.isEmpty() && now - waiting.peek().sinceNanos >= WAIT_LIMIT.toNanos()) {
      releaseFirst();
    }
  }

  /** Sends a HELLO, unless the last one has no answer yet. */
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
        () -> open.connection().send(Request.cmd(Command.HELLO)),
        answer -> {
          if (answer.succeeded()) {
            received(answer.result());
          } else {
            // The next tick asks again.
            deadline.answered();
          }
        });
  }

  private void received(Response response) {
    if (ended) {
      return;
    }
    deadline.heard(System.nanoTime());
    if (isMessage(response)) {
      deliver(Deduplicator.Side.FORMER, response);
    } else if (response.type() == ResponseType.MULTI && response.get("role") != null) {
      answered(response.get("role").toString());
    }
  }

  private void answered(String role) {
    covered = helloSent;
    deadline.answered();
    if (!role.equals("master")) {
      end(Gap.Cause.REDIS_LOST, "the former master is a " + role);
      return;
    }
    while (!waiting.isEmpty() && waiting.peek().hello <= hellos) {
      releaseFirst();
    }
    if (!waiting.isEmpty()) {
      hello();
    }
  }

  private void releaseFirst() {
    Waiting first = waiting.remove();
    waitingBytes -= first.bytes;
    boolean delivered = false;
    try {
      deliver(Deduplicator.Side.CURRENT, first.response);
      delivered = true;
    } finally {
      if (!delivered) {
        listener.faulty();
      }
    }
  }

  private void deliver(Deduplicator.Side side, Response response) {
    if (!isMessage(response)
        || duplicates.take(side, response.get(1).toString(), response.get(2).toBytes())) {
      listener.ordered(response);
    }
  }

  private static boolean isMessage(@Nullable Response response) {
    if (response == null || response.type() != ResponseType.PUSH || response.size() != 3) {
      return false;
    }
    String kind = response.get(0).toString();
    return kind.equals("message") || kind.equals("smessage");
  }
}
