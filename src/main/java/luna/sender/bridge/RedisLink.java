package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import luna.sender.log.CauseText;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
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
 * commands on one fail. A fault in the handling of a connection renews it. What has to happen later
 * is a point in time that a periodic tick compares, so that a fault delays it and no more.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  private static final RateLimitedLog LIMITED_LOG = RateLimitedLog.of(RedisLink.class);
  private static final Duration TWINS_KEPT = Duration.ofSeconds(10);
  private static final String FENCE = "luna-sender-probe.";

  /** Listeners that throw each time must not keep the link from connecting. */
  private static final int REPORTS_LIMIT = 10;

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

  /** A lost connection that the listener has not taken notice of yet. */
  private record Loss(Gap.Cause cause, String why) {}

  /** A new connection, and the result of the search for other masters. */
  private record Opened(Open server, OtherMasters others) {}

  private final Vertx vertx;
  private final FaultGuard guard;
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
  private long moveTimer = -1;
  private long tickTimer = -1;

  /** When the next attempt to connect is due, or the one that is going on is given up. */
  private long connectNanos = System.nanoTime();

  /** A fault has occurred in the handling of the connection. */
  private boolean faulty;

  private @Nullable Loss unreported;
  private int reports;
  private AnswerDeadline deadline;
  private @Nullable MasterHandover former;

  /** The former master has ended; what it had sent may still come from its replica. */
  private boolean formerEnded;

  private long forgetNanos;
  private Moment fenceSent;
  private String fence = "";
  private long probes;
  private Moment covered;

  /**
   * When the last question was sent to the Sentinels, or the DNS, whose answer named the connected
   * server and no unconnected master; null if nobody can name another one.
   */
  private @Nullable Moment named;

  private boolean asking;

  /** A search for other masters has not ended. */
  private boolean searching;

  /** Another master is not connected, and events that are published there are missing. */
  private boolean unreached;

  RedisLink(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      RedisClients clients,
      Kind kind,
      String name,
      SteadyClock clock,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
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
    tickTimer = guard.periodic(vertx, GuardedTask.REDIS_TICK, deadline.period(), this::tick);
    probeTimer =
        guard.periodic(vertx, GuardedTask.REDIS_PROBE, address.probeInterval(), this::probe);
    moveTimer =
        guard.periodic(
            vertx, GuardedTask.REDIS_MOVED, address.probeInterval(), this::askWhetherItMoved);
    connect();
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(probeTimer);
    vertx.cancelTimer(moveTimer);
    vertx.cancelTimer(tickTimer);
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
    // After a fault, nobody knows whether Redis will answer.
    return guard.call(GuardedTask.REDIS_SEND, () -> trySend(request), this::faulty);
  }

  private Future<Response> trySend(Request request) {
    if (former != null) {
      former.send(request);
    }
    return open == null ? Future.failedFuture(fault()) : open.connection().send(request);
  }

  /** Renews the connection with the next tick, for its state is not known. */
  void faulty() {
    faulty = true;
  }

  private void tick() {
    long now = System.nanoTime();
    if (formerEnded && now - forgetNanos >= 0) {
      former = null;
      formerEnded = false;
    }
    if (open == null) {
      if (unreported != null) {
        report();
      } else if (now - connectNanos >= 0) {
        connect();
      }
    } else if (faulty) {
      lost(generation, Gap.Cause.FAULT, "a fault of this service");
    } else if (deadline.isMissed(now)) {
      lost(
          generation,
          Gap.Cause.REDIS_SILENT,
          "no answer to a probe within " + address.probeTimeout().toMillis() + " ms");
    }
  }

  private void connect() {
    int attempt = ++generation;
    connectNanos = System.nanoTime() + clients.openLimit().toNanos();
    faulty = false;
    if (clients.canMove()) {
      named = clock.now();
    }
    guard.ask(
        GuardedTask.REDIS_CONNECT,
        () -> clients.open().compose(this::withOtherMasters),
        answer -> opened(attempt, answer));
  }

  /** If the search fails, the next probe repeats it, and {@link #named} is not later than this. */
  private Future<Opened> withOtherMasters(Open server) {
    return kind == Kind.COMMANDS
        ? Future.succeededFuture(new Opened(server, OtherMasters.NONE))
        : clients
            .otherMasters(connectedWith(server))
            .otherwise(OtherMasters.NONE)
            .map(others -> new Opened(server, others));
  }

  private Predicate<String> connectedWith(Open server) {
    return hostAndPort -> hostAndPort.equals(server.hostAndPort()) || isFormer(hostAndPort);
  }

  private boolean isFormer(String hostAndPort) {
    return former != null && former.isAt(hostAndPort);
  }

  private void opened(int attempt, AsyncResult<Opened> answer) {
    if (answer.failed()) {
      if (attempt == generation) {
        refused(answer.cause());
      }
      return;
    }
    Open opened = answer.result().server();
    OtherMasters others = answer.result().others();
    boolean used = false;
    try {
      used =
          attempt == generation
              && guard.run(GuardedTask.REDIS_CONNECTED, () -> established(attempt, opened, others));
    } finally {
      if (!used && open != opened) {
        retry(attempt);
        opened.close();
      }
      closeUnused(others);
    }
    faulty |= !used && open == opened;
  }

  private void established(int attempt, Open opened, OtherMasters others) {
    open = opened;
    fault.connected();
    deadline = new AnswerDeadline(address.probeTimeout());
    if (former != null && former.isSameServer(opened)) {
      // The gap that is open since it was replaced covers what it had.
      former.close();
      forgetFormer();
    }
    follow(others);
    opened
        .connection()
        .handler(guard.handler(GuardedTask.REDIS_RECEIVE, this::received, unread -> faulty = true));
    opened
        .connection()
        .endHandler(
            end -> broken(attempt, Gap.Cause.REDIS_CLOSED, "the peer closed the connection"));
    opened
        .connection()
        .exceptionHandler(
            failure -> broken(attempt, Gap.Cause.REDIS_LOST, RedisErrors.text(failure)));
    covered = clock.now();
    LOG.atInfo().addKeyValue("connection", name).log("Redis is connected");
    listener.connected();
    failures = 0;
  }

  private void refused(Throwable cause) {
    retry(generation);
    String why = CauseText.of(cause);
    listener.refused(fault.refused(why), why);
  }

  private void broken(int attempt, Gap.Cause cause, String why) {
    if (!guard.run(GuardedTask.REDIS_LOST, () -> lost(attempt, cause, why))
        && attempt == generation) {
      faulty = true;
    }
  }

  private void lost(int attempt, Gap.Cause cause, String why) {
    Open left = open;
    if (attempt != generation || left == null) {
      return;
    }
    Loss loss = new Loss(cause, why);
    if (former != null) {
      guard.run(GuardedTask.REDIS_FORMER, former::releaseAll);
    }
    open = null;
    unreported = loss;
    retry(attempt);
    guard.run(GuardedTask.REDIS_LOST, left::close);
    report();
  }

  /** Reports a loss until the listener has taken notice of it: events are missing since then. */
  private void report() {
    Loss loss = unreported;
    if (loss == null) {
      return;
    }
    boolean taken =
        guard.run(
            GuardedTask.REDIS_REPORT,
            () -> {
              listener.refused(fault.lost(loss.why), loss.why);
              listener.lost(loss.cause);
            });
    if (taken || ++reports == REPORTS_LIMIT) {
      unreported = null;
      reports = 0;
    }
  }

  /** The master is another server from now on; this one may go on sending events for a while. */
  private void replaced(String why) {
    Open left = open;
    if (left == null) {
      return;
    }
    Loss loss = new Loss(Gap.Cause.REDIS_LOST, why);
    MasterHandover kept =
        kind == Kind.SUBSCRIPTIONS
            ? new MasterHandover(vertx, guard, address, clock, left, covered, new FormerListener())
            : null;
    MasterHandover before = former;
    if (before != null) {
      before.releaseAll();
      before.end(Gap.Cause.REDIS_LOST, "its successor is replaced too");
    }
    generation++;
    open = null;
    unreported = loss;
    connectNanos = System.nanoTime();
    former = kept;
    formerEnded = false;
    if (kept == null) {
      guard.run(GuardedTask.REDIS_LOST, left::close);
    } else {
      kept.start();
    }
    report();
    if (!stopped && unreported == null) {
      connect();
    }
  }

  /** Receives from a replaced master that was found, unless the former one is another server. */
  private void follow(OtherMasters others) {
    Open other = others.master();
    String left = others.unreached();
    if (other != null && former != null && !former.isEnded()) {
      left = other.hostAndPort();
    } else if (other != null) {
      LOG.atInfo()
          .addKeyValue("connection", name)
          .addKeyValue("server", other.hostAndPort())
          .log("Another master of Redis accepts events; subscribing there too");
      MasterHandover found =
          new MasterHandover(
              vertx, guard, address, clock, other, clock.now(), new FormerListener());
      former = found;
      formerEnded = false;
      found.start();
    }
    unreached = !left.isEmpty();
    if (unreached) {
      LIMITED_LOG
          .atWarn("unreached")
          .addKeyValue("connection", name)
          .addKeyValue("server", left)
          .log("Another master of Redis is not connected; events published there are lost");
    }
  }

  private void closeUnused(OtherMasters others) {
    Open other = others.master();
    if (other != null && (former == null || !former.owns(other))) {
      other.close();
    }
  }

  /** Receives what two masters send. */
  private final class FormerListener implements MasterHandover.Listener {
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
      forgetFormer();
      listener.formerLost(cause, until);
    }

    @Override
    public void faulty() {
      RedisLink.this.faulty();
    }
  }

  private void forgetFormer() {
    forgetNanos = System.nanoTime() + TWINS_KEPT.toNanos();
    formerEnded = true;
  }

  /** Full jitter above the first delay, so that many nodes don't come back in step. */
  private void retry(int attempt) {
    if (attempt != generation) {
      return;
    }
    generation++;
    long first = address.reconnectDelayMin().toMillis();
    long cap = Math.min(address.reconnectDelayMax().toMillis(), first << Math.min(failures, 20));
    failures++;
    long delay = first >= cap ? first : ThreadLocalRandom.current().nextLong(first, cap + 1);
    connectNanos = System.nanoTime() + Duration.ofMillis(delay).toNanos();
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
      Open probed = open;
      guard.ask(
          GuardedTask.REDIS_PROBE,
          () -> probed.connection().send(Request.cmd(Command.PING)),
          pong -> pong(asked, pong));
    } else {
      fence = FENCE + ++probes;
      fenceSent = clock.now();
      open.connection().send(Request.cmd(Command.UNSUBSCRIBE).arg(fence));
    }
  }

  private void pong(AnswerDeadline asked, AsyncResult<Response> pong) {
    if (asked != deadline) {
      return;
    }
    if (pong.succeeded()) {
      asked.answered();
      listener.probed("");
    } else if (RedisErrors.isAnswer(pong.cause())) {
      String error = RedisErrors.text(pong.cause());
      asked.answered();
      listener.refused(fault.probeRefused(error), error);
      listener.probed(error);
    }
  }

  /**
   * A master that a Sentinel has replaced may live on for seconds, with all who are connected to it
   * and without those who connect now. The same holds for a server whose name has another address.
   */
  private void askWhetherItMoved() {
    Open current = open;
    if (current == null || asking || !clients.canMove()) {
      return;
    }
    int attempt = generation;
    Moment asked = clock.now();
    guard.ask(
        GuardedTask.REDIS_MOVED,
        () -> {
          asking = true;
          return clients.moved(current);
        },
        answer -> {
          asking = false;
          if (attempt == generation && answer.succeeded()) {
            moved(asked, answer.result());
          }
        });
  }

  private void moved(Moment asked, String why) {
    if (!why.isEmpty()) {
      replaced(why);
    } else if (kind == Kind.COMMANDS) {
      named = asked;
    } else {
      searchOtherMasters(asked);
    }
  }

  /**
   * A connection that was made after a failover does not know the former master, and a master that
   * was unreachable during the failover may return as a master.
   */
  private void searchOtherMasters(Moment asked) {
    Open current = open;
    if (current == null || searching) {
      return;
    }
    int attempt = generation;
    guard.ask(
        GuardedTask.REDIS_MOVED,
        () -> {
          searching = true;
          return clients.otherMasters(connectedWith(current));
        },
        answer -> {
          searching = false;
          if (answer.succeeded()) {
            searched(attempt, asked, answer.result());
          }
        });
  }

  private void searched(int attempt, Moment asked, OtherMasters others) {
    boolean done = false;
    try {
      if (attempt == generation && open != null) {
        searched(asked, others);
      }
      done = true;
    } finally {
      // Otherwise a master may be connected without subscriptions.
      faulty |= !done;
      closeUnused(others);
    }
  }

  private void searched(Moment asked, OtherMasters others) {
    Open other = others.master();
    if (other == null && others.unreached().isEmpty()) {
      if (unreached) {
        listener.formerLost(Gap.Cause.REDIS_LOST, covered());
      }
      unreached = false;
      named = asked;
      return;
    }
    follow(others);
    if (other != null && former != null && former.owns(other)) {
      // Subscribes to all accounts at both; events of the other one are missing since named.
      lost(generation, Gap.Cause.REDIS_LOST, other.hostAndPort() + " is a master too");
    }
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
