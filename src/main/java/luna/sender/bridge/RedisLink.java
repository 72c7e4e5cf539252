package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Redis that is kept: opened again for ever, and probed, for a quiet peer and a
 * dead one look the same.
 *
 * <p>Shape: the probe of a connection for commands is PING. That of one for subscriptions is an
 * UNSUBSCRIBE from what it never subscribed to: Redis answers it by a push behind all that was
 * published before, and the push says which probe it answers.
 *
 * <p>Errors: none reach the caller as exceptions; a lost connection is {@link Listener#lost}, and
 * commands on one fail.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  private static final Duration TWINS_KEPT = Duration.ofSeconds(10);
  private static final String FENCE = "luna-sender-probe.";

  /** What the connection is for. */
  enum Kind {
    COMMANDS,
    SUBSCRIPTIONS
  }

  /** Told of what happens to the connection; all calls come on the link's event loop. */
  interface Listener {
    void connected();

    void lost(Gap.Cause cause);

    /**
     * The connection is lost, could not be made, or is of no use.
     *
     * @param why the words of Redis, the network or the client
     */
    void refused(RefusalReason reason, String why);

    /** A push message, or an error that answers no command that has a reply of its own. */
    void received(Response response);

    /** Everything that Redis had to send before it got what was sent at this time has arrived. */
    default void answered(Moment sent) {}

    /**
     * Redis answered PING on a connection for commands.
     *
     * @param refusal the error with which it did, or empty
     */
    default void probed(String refusal) {}

    /**
     * A master that was replaced has sent events until now, beside the new one, and sends no more.
     *
     * @param covered everything that it had until then has been received
     */
    default void formerLost(Gap.Cause cause, Moment covered) {}
  }

  private final Vertx vertx;
  private final RedisClients clients;
  private final RedisAddress address;
  private final Kind kind;
  private final String name;
  private final SteadyClock clock;
  private final Listener listener;
  private final LinkFault fault;

  private @Nullable Open open;
  private int generation;
  private int failures;
  private boolean stopped;
  private long probeTimer = -1;
  private long deadlineTimer = -1;
  private AnswerDeadline deadline;
  private @Nullable FormerMaster former;
  private Moment fenceSent;
  private String fence = "";
  private long probes;
  private Moment covered;

  /**
   * When the Sentinels, or the DNS, were asked who last named the server that this is connected to;
   * null if nobody can name another one.
   */
  private @Nullable Moment named;

  private boolean asking;

  RedisLink(
      Vertx vertx,
      RedisAddress address,
      RedisClients clients,
      Kind kind,
      String name,
      SteadyClock clock,
      Listener listener) {
    this.vertx = vertx;
    this.clients = clients;
    this.address = address;
    this.kind = kind;
    this.name = name;
    this.clock = clock;
    this.listener = listener;
    this.fault = new LinkFault(name);
    this.covered = clock.now();
    this.fenceSent = covered;
    this.deadline = new AnswerDeadline(address.probeTimeout());
  }

  void start() {
    probeTimer =
        vertx.setPeriodic(
            address.probeInterval().toMillis(),
            timer -> {
              probe();
              askWhetherItMoved();
            });
    watchDeadline();
    connect();
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(probeTimer);
    vertx.cancelTimer(deadlineTimer);
    clients.leaveSentinel();
    generation++;
    if (former != null) {
      former.close();
    }
    if (open != null) {
      open.close();
      open = null;
    }
  }

  boolean connected() {
    return open != null;
  }

  /** What is wrong with a connection that is not there. */
  String fault() {
    return fault.text();
  }

  /** Whether data arrives without a pause, so that answers wait behind it. */
  boolean isBusy() {
    return deadline.isBusy(System.nanoTime());
  }

  /**
   * What Redis had for this connection up to then has come: a later time is no evidence, for what
   * is read may have been waiting for long.
   */
  Moment covered() {
    return named == null ? covered : covered.orEarlier(named);
  }

  /** Begins anew, for the connection answers but does not do what it should. */
  void renew(Gap.Cause cause, String why) {
    lost(generation, cause, why);
  }

  /** The probe that waits for its answer was refused: an answer it is, though no proof of cover. */
  void probeRefused() {
    deadline.answered();
  }

  /**
   * Sends a command; fails at once while there is no connection. What changes subscriptions goes to
   * a master that was replaced and is still kept, too.
   */
  Future<Response> send(Request request) {
    if (former != null) {
      former.send(request);
    }
    return open == null ? Future.failedFuture(fault()) : open.connection().send(request);
  }

  private void connect() {
    int attempt = ++generation;
    if (clients.canMove()) {
      named = clock.now();
    }
    clients
        .open()
        .onComplete(
            opened -> {
              if (attempt != generation) {
                if (opened.succeeded()) {
                  opened.result().close();
                }
              } else if (opened.succeeded()) {
                established(attempt, opened.result());
              } else {
                refused(opened.cause());
              }
            });
  }

  private void established(int attempt, Open opened) {
    open = opened;
    failures = 0;
    fault.connected();
    deadline = new AnswerDeadline(address.probeTimeout());
    if (former != null && former.isSameServer(opened)) {
      // The gap that is open since it was replaced covers what it had.
      former.close();
      forget(former);
    }
    opened.connection().handler(this::received);
    opened
        .connection()
        .endHandler(end -> lost(attempt, Gap.Cause.REDIS_CLOSED, "the peer closed the connection"));
    opened
        .connection()
        .exceptionHandler(failure -> lost(attempt, Gap.Cause.REDIS_LOST, Refusals.text(failure)));
    covered = clock.now();
    LOG.atInfo().addKeyValue("connection", name).log("Redis is connected");
    listener.connected();
  }

  private void refused(Throwable cause) {
    String why = String.valueOf(cause.getMessage());
    listener.refused(fault.refused(why), why);
    retry();
  }

  private void lost(int attempt, Gap.Cause cause, String why) {
    if (attempt != generation || open == null) {
      return;
    }
    if (former != null) {
      former.releaseAll();
    }
    open.close();
    open = null;
    report(cause, why);
    retry();
  }

  private void report(Gap.Cause cause, String why) {
    listener.refused(fault.lost(why), why);
    listener.lost(cause);
  }

  /** The master is another server from now on; this one may go on sending events for a while. */
  private void replaced(String why) {
    Open left = open;
    if (left == null) {
      return;
    }
    if (former != null) {
      former.releaseAll();
      former.end(Gap.Cause.REDIS_LOST, "its successor is replaced too");
    }
    generation++;
    open = null;
    if (kind == Kind.SUBSCRIPTIONS) {
      FormerMaster kept =
          new FormerMaster(vertx, address, clock, left, covered, new FormerListener());
      former = kept;
      kept.start();
    } else {
      left.close();
    }
    report(Gap.Cause.REDIS_LOST, why);
    if (!stopped) {
      connect();
    }
  }

  /** Receives what two masters send. */
  private final class FormerListener implements FormerMaster.Listener {
    @Override
    public void ordered(Response response) {
      deliver(response);
    }

    @Override
    public void ended(Gap.Cause cause, Moment until, String why) {
      LOG.atInfo()
          .addKeyValue("connection", name)
          .addKeyValue("cause", why)
          .log("The connection to the former master of Redis has ended");
      listener.formerLost(cause, until);
      if (former != null) {
        forget(former);
      }
    }
  }

  /** A replica of it may still have to send what it has sent. */
  private void forget(FormerMaster ended) {
    vertx.setTimer(
        TWINS_KEPT.toMillis(),
        timer -> {
          if (former == ended) {
            former = null;
          }
        });
  }

  /** Full jitter above the first delay, so that many nodes don't come back in step. */
  private void retry() {
    if (stopped) {
      return;
    }
    generation++;
    long first = address.reconnectDelayMin().toMillis();
    long cap = Math.min(address.reconnectDelayMax().toMillis(), first << Math.min(failures, 20));
    failures++;
    long delay = first >= cap ? first : ThreadLocalRandom.current().nextLong(first, cap + 1);
    vertx.setTimer(
        Math.max(1, delay),
        timer -> {
          if (!stopped) {
            connect();
          }
        });
  }

  /** Asks a question; whatever comes meanwhile is no answer to it. */
  private void probe() {
    if (open == null || deadline.isWaiting()) {
      return;
    }
    AnswerDeadline asked = deadline;
    asked.asked(System.nanoTime());
    if (kind == Kind.COMMANDS) {
      // An error is an answer too: Redis loads its data, or grants no PING.
      open.connection()
          .send(Request.cmd(Command.PING))
          .onComplete(
              pong -> {
                if (asked != deadline) {
                  return;
                }
                if (pong.succeeded()) {
                  asked.answered();
                  listener.probed("");
                } else if (Refusals.isAnswer(pong.cause())) {
                  String error = Refusals.text(pong.cause());
                  asked.answered();
                  listener.refused(fault.probeRefused(error), error);
                  listener.probed(error);
                }
              });
    } else {
      fence = FENCE + ++probes;
      fenceSent = clock.now();
      open.connection().send(Request.cmd(Command.UNSUBSCRIBE).arg(fence));
    }
  }

  private void watchDeadline() {
    deadlineTimer =
        vertx.setTimer(
            deadline.period().toMillis(),
            timer -> {
              if (open != null && deadline.isMissed(System.nanoTime())) {
                lost(
                    generation,
                    Gap.Cause.REDIS_SILENT,
                    "no answer to a probe within " + address.probeTimeout().toMillis() + " ms");
              }
              watchDeadline();
            });
  }

  /**
   * A master that a Sentinel has replaced may live on for seconds, with all who are connected to it
   * and without those who connect now. The same holds for a server whose name has another address.
   */
  private void askWhetherItMoved() {
    if (open == null || asking || !clients.canMove()) {
      return;
    }
    asking = true;
    int attempt = generation;
    Moment asked = clock.now();
    clients
        .moved(open)
        .onComplete(
            answer -> {
              asking = false;
              if (attempt == generation && answer.succeeded()) {
                String why = answer.result();
                if (why.isEmpty()) {
                  named = asked;
                } else {
                  replaced(why);
                }
              }
            });
  }

  private void received(Response response) {
    deadline.heard(System.nanoTime());
    if (isFence(response) && response.get(1).toString().equals(fence)) {
      deadline.answered();
    }
    if (former == null) {
      deliver(response);
    } else {
      former.current(response);
    }
  }

  private void deliver(Response response) {
    if (!isFence(response)) {
      listener.received(response);
    } else if (response.get(1).toString().equals(fence)) {
      covered = fenceSent;
      listener.answered(fenceSent);
    }
  }

  private static boolean isFence(Response response) {
    return response.type() == ResponseType.PUSH
        && response.size() == 3
        && response.get(0).toString().equals("unsubscribe")
        && String.valueOf(response.get(1)).startsWith(FENCE);
  }
}
