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
 * The connection to a master that another one has replaced, and the order between the two. Clients
 * that connected to it before keep publishing there until it is demoted, some ten seconds later at
 * a planned failover, and it does not replicate to the new master any more.
 *
 * <p>Shape: it is kept until Redis ends it, it says that it is a replica, or it does not answer.
 * What the new master sends waits until the former one has answered a HELLO that was sent after it
 * arrived: whoever published at the former master first and then at the new one is delivered in
 * that order. The same holds for confirmations of subscriptions, so a subscription is confirmed at
 * both. What arrives from both, because one replicates from the other, is delivered once.
 *
 * <p>Why HELLO: it needs no right, names the role, and its answer is ordered behind the messages.
 *
 * <p>Errors: {@link Listener#ended}. What could not be ordered within {@link #HOLD_LIMIT} is
 * delivered unordered.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
final class MasterHandover {
  static final Duration HOLD_LIMIT = Duration.ofSeconds(1);
  private static final int HELD_LIMIT = 10_000;
  private static final int HELD_LIMIT_BYTES = 32 << 20;
  private static final Duration TICK = Duration.ofMillis(100);

  /** Receives what both masters send; all calls come on the link's event loop. */
  interface Listener {
    /** Something that the new master sent, or a message of the former one. */
    void ordered(Response response);

    /**
     * The former master's messages have ended.
     *
     * @param covered everything that it had until then has been received
     */
    void ended(Gap.Cause cause, Moment covered, String why);

    /** A fault has lost something that one of the two masters sent; must not allocate. */
    void faulty();
  }

  /** A response of the new master that waits for the answer to the HELLO of this number. */
  private record Held(Response response, int bytes, long hello, long sinceNanos) {}

  private final Vertx vertx;
  private final FaultGuard guard;
  private final SteadyClock clock;
  private final Open open;
  private final Listener listener;
  private final AnswerDeadline deadline;
  private final Deduplicator twins = new Deduplicator();
  private final Deque<Held> held = new ArrayDeque<>();

  private int heldBytes;
  private long hellos;
  private Moment helloSent;
  private Moment covered;
  private boolean ended;

  private boolean listening;

  private long timer;

  /**
   * @param covered everything that the master had until then has been received
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

  /** Whether the former master is the one at this address and its connection has not ended. */
  boolean isAt(String hostAndPort) {
    return !ended && open.hostAndPort().equals(hostAndPort);
  }

  /** Whether it has received over this connection, and closes it. */
  boolean owns(Open other) {
    return open == other;
  }

  boolean isEnded() {
    return ended;
  }

  /** A SUBSCRIBE or UNSUBSCRIBE for the new master is one for the former master too. */
  void send(Request request) {
    if (!ended) {
      open.connection().send(request);
    }
  }

  /** The new master sent this. */
  void current(Response response) {
    if (ended) {
      deliver(Deduplicator.Side.CURRENT, response);
      return;
    }
    int bytes = isMessage(response) ? response.get(2).toBytes().length : 0;
    held.add(new Held(response, bytes, hellos + 1, System.nanoTime()));
    heldBytes += bytes;
    hello();
    while (held.size() > HELD_LIMIT || heldBytes > HELD_LIMIT_BYTES) {
      releaseFirst();
    }
  }

  /** Nothing that the new master sent waits any longer: its connection is lost. */
  void releaseAll() {
    while (!held.isEmpty()) {
      releaseFirst();
    }
  }

  /** Ends it without a word to the listener. */
  void close() {
    if (!ended) {
      ended = true;
      leave();
    }
  }

  private void leave() {
    open.close();
    // Last, for until then each tick tries it again.
    vertx.cancelTimer(timer);
  }

  private void broken(Gap.Cause cause, String why) {
    // Without it, the next HELLO is not answered.
    guard.run(GuardedTask.REDIS_FORMER, () -> end(cause, why));
  }

  /** Ends it because it can be used no longer. */
  void end(Gap.Cause cause, String why) {
    if (ended) {
      return;
    }
    ended = true;
    boolean clean =
        guard.run(GuardedTask.REDIS_FORMER, this::leave)
            & guard.run(GuardedTask.REDIS_FORMER, () -> listener.ended(cause, covered, why))
            & guard.run(GuardedTask.REDIS_FORMER, this::releaseAll);
    if (!clean) {
      listener.faulty();
    }
  }

  private void tick() {
    if (ended) {
      leave();
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
    while (!held.isEmpty() && now - held.peek().sinceNanos >= HOLD_LIMIT.toNanos()) {
      releaseFirst();
    }
  }

  /** One at a time, so that each answer is that to the last one. */
  private void hello() {
    if (ended || deadline.isWaiting()) {
      return;
    }
    hellos++;
    helloSent = clock.now();
    deadline.asked(System.nanoTime());
    // A message that arrives meanwhile makes the client forget who waits for the answer, which
    // then comes to the connection's handler.
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
    while (!held.isEmpty() && held.peek().hello <= hellos) {
      releaseFirst();
    }
    if (!held.isEmpty()) {
      hello();
    }
  }

  private void releaseFirst() {
    Held first = held.remove();
    heldBytes -= first.bytes;
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
        || twins.take(side, response.get(1).toString(), response.get(2).toBytes())) {
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
