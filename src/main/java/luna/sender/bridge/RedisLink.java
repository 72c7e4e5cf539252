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
  static final Duration REMIND = Duration.ofSeconds(30);
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

    /** A push message, or an error that answers no command that has a reply of its own. */
    void received(Response response);
  }

  private final Vertx vertx;
  private final RedisClients clients;
  private final RedisAddress address;
  private final Kind kind;
  private final String name;
  private final SteadyClock clock;
  private final Listener listener;

  private @Nullable Open open;
  private int generation;
  private int failures;
  private long nextReminderNanos = System.nanoTime();
  private boolean probing;
  private long signsOfLife;
  private boolean stopped;
  private long probeTimer = -1;
  private Moment fenceSent;
  private String fence = "";
  private long probes;
  private Moment covered;

  /**
   * When the Sentinels were asked who last named the one that this is connected to; null without
   * Sentinels.
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
    this.covered = clock.now();
    this.fenceSent = covered;
  }

  void start() {
    probeTimer =
        vertx.setPeriodic(
            address.probeInterval().toMillis(),
            timer -> {
              probe();
              askSentinels();
            });
    connect();
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(probeTimer);
    clients.leaveSentinel();
    generation++;
    if (open != null) {
      open.close();
      open = null;
    }
  }

  boolean connected() {
    return open != null;
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

  /** Sends a command; fails at once while there is no connection. */
  Future<Response> send(Request request) {
    return open == null ? Future.failedFuture("Redis is away") : open.connection().send(request);
  }

  private void connect() {
    int attempt = ++generation;
    if (clients.asksSentinels()) {
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
    probing = false;
    opened.connection().handler(this::received);
    opened
        .connection()
        .endHandler(end -> lost(attempt, Gap.Cause.REDIS_CLOSED, "the peer closed the connection"));
    opened
        .connection()
        .exceptionHandler(
            failure -> lost(attempt, Gap.Cause.REDIS_LOST, String.valueOf(failure.getMessage())));
    covered = clock.now();
    LOG.atInfo().addKeyValue("connection", name).log("Redis is connected");
    listener.connected();
  }

  private void refused(Throwable cause) {
    long now = System.nanoTime();
    if (now - nextReminderNanos >= 0) {
      nextReminderNanos = now + REMIND.toNanos();
      LOG.atWarn()
          .addKeyValue("connection", name)
          .addKeyValue("cause", cause.getMessage())
          .log("Redis is away; trying again");
    }
    retry();
  }

  private void lost(int attempt, Gap.Cause cause, String why) {
    if (attempt != generation || open == null) {
      return;
    }
    open.close();
    open = null;
    LOG.atWarn()
        .addKeyValue("connection", name)
        .addKeyValue("cause", why)
        .log("Redis is lost; connecting again");
    nextReminderNanos = System.nanoTime() + REMIND.toNanos();
    listener.lost(cause);
    retry();
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

  /** Asks for a sign of life and gives the peer its time; whatever comes meanwhile is one. */
  private void probe() {
    if (open == null || probing) {
      return;
    }
    probing = true;
    long probe = ++probes;
    int attempt = generation;
    long before = signsOfLife;
    if (kind == Kind.COMMANDS) {
      open.connection().send(Request.cmd(Command.PING)).onSuccess(pong -> signsOfLife++);
    } else {
      fence = FENCE + probe;
      fenceSent = clock.now();
      open.connection().send(Request.cmd(Command.UNSUBSCRIBE).arg(fence));
    }
    vertx.setTimer(
        address.probeTimeout().toMillis(),
        timer -> {
          if (attempt == generation && probe == probes) {
            probing = false;
            if (signsOfLife == before) {
              lost(
                  attempt,
                  Gap.Cause.REDIS_SILENT,
                  "no answer to a probe within " + address.probeTimeout().toMillis() + " ms");
            }
          }
        });
  }

  /**
   * A master that a Sentinel has replaced may live on for seconds, with all who are connected to it
   * and without those who publish.
   */
  private void askSentinels() {
    if (open == null || asking || !clients.asksSentinels()) {
      return;
    }
    asking = true;
    int attempt = generation;
    Moment asked = clock.now();
    String connected = open.hostAndPort();
    clients
        .master()
        .onComplete(
            answer -> {
              asking = false;
              if (attempt == generation && answer.succeeded()) {
                if (answer.result().equals(connected)) {
                  named = asked;
                } else {
                  lost(
                      attempt,
                      Gap.Cause.REDIS_LOST,
                      "the Sentinels name another master, " + answer.result());
                }
              }
            });
  }

  private void received(Response response) {
    signsOfLife++;
    if (!isFence(response)) {
      listener.received(response);
    } else if (response.get(1).toString().equals(fence)) {
      probing = false;
      covered = fenceSent;
    }
  }

  private static boolean isFence(Response response) {
    return response.type() == ResponseType.PUSH
        && response.size() == 3
        && response.get(0).toString().equals("unsubscribe")
        && String.valueOf(response.get(1)).startsWith(FENCE);
  }
}
