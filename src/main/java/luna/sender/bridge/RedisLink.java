package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Redis that is kept: opened again for ever, and probed, for a quiet peer and a
 * dead one look the same.
 *
 * <p>Errors: none reach the caller as exceptions; a lost connection is {@link Listener#lost}, and
 * commands on one fail.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  private static final Duration REMIND = Duration.ofSeconds(30);

  /** Told of what happens to the connection; all calls come on the link's event loop. */
  interface Listener {
    void connected();

    void lost();

    /** A push message, or an error that answers no command that has a reply of its own. */
    void received(Response response);
  }

  private final Vertx vertx;
  private final RedisClients clients;
  private final RedisAddress address;
  private final String name;
  private final Listener listener;

  private @Nullable Open open;
  private int generation;
  private int failures;
  private long nextReminderNanos = System.nanoTime();
  private boolean probing;
  private long signsOfLife;
  private boolean stopped;
  private long probeTimer = -1;

  RedisLink(Vertx vertx, RedisAddress address, String name, Listener listener) {
    this.vertx = vertx;
    this.clients = new RedisClients(vertx, address);
    this.address = address;
    this.name = name;
    this.listener = listener;
  }

  void start() {
    probeTimer = vertx.setPeriodic(address.probeInterval().toMillis(), timer -> probe());
    connect();
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(probeTimer);
    generation++;
    if (open != null) {
      open.close();
      open = null;
    }
  }

  boolean connected() {
    return open != null;
  }

  /** Sends a command; fails at once while there is no connection. */
  Future<Response> send(Request request) {
    return open == null ? Future.failedFuture("Redis is away") : open.connection().send(request);
  }

  private void connect() {
    int attempt = ++generation;
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
    opened.connection().endHandler(end -> lost(attempt, "the peer closed the connection"));
    opened
        .connection()
        .exceptionHandler(failure -> lost(attempt, String.valueOf(failure.getMessage())));
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

  private void lost(int attempt, String cause) {
    if (attempt != generation || open == null) {
      return;
    }
    open.close();
    open = null;
    LOG.atWarn()
        .addKeyValue("connection", name)
        .addKeyValue("cause", cause)
        .log("Redis is lost; connecting again");
    nextReminderNanos = System.nanoTime() + REMIND.toNanos();
    listener.lost();
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

  /**
   * Sends a PING and gives the peer its time to answer. Whatever comes in the meantime is a sign of
   * life, and must be taken for one: a push that comes while a command waits makes the client
   * forget the command, so that its future never completes.
   */
  private void probe() {
    if (open == null || probing) {
      return;
    }
    probing = true;
    int attempt = generation;
    long before = signsOfLife;
    open.connection().send(Request.cmd(Command.PING)).onComplete(this::answered);
    vertx.setTimer(
        address.probeTimeout().toMillis(),
        timer -> {
          if (attempt == generation) {
            probing = false;
            if (signsOfLife == before) {
              lost(
                  attempt, "no answer to PING within " + address.probeTimeout().toMillis() + " ms");
            }
          }
        });
  }

  private void answered(AsyncResult<Response> answer) {
    if (answer.succeeded()) {
      signsOfLife++;
    } else if (answer.cause() instanceof ErrorType error && !error.is("CONNECTION_CLOSED")) {
      // Redis answered, though to a SUBSCRIBE that was sent before.
      received(error);
    }
  }

  private void received(Response response) {
    signsOfLife++;
    listener.received(response);
  }
}
