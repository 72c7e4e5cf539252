package luna.sender.bridge;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import luna.sender.config.RedisAddress;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to the channel of one account, over one connection to the configured Redis.
 *
 * <p>Errors: a failed future with the error of Redis. It does not reconnect a lost connection.
 *
 * <p>Owner: thread-safe; its connection is confined to one event loop.
 */
public final class RedisPublisher {
  private final Context context;
  private final Vertx vertx;
  private final RedisAddress address;
  private final String channel;
  private final Command command;
  private final String served;
  private RedisClients.@Nullable Open open;

  private long keepAliveTimer;

  /** The answer to the last PING; null before the first. */
  private @Nullable Future<Response> pong;

  /**
   * @param account a lower-case UUID
   */
  public RedisPublisher(Vertx vertx, RedisAddress address, String account) {
    this(vertx, address, account, address.cluster().sharded() ? channel(address, account) : "");
  }

  /**
   * @param served the key or sharded channel that the connected node must serve, or empty
   */
  public RedisPublisher(Vertx vertx, RedisAddress address, String account, String served) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.address = address;
    this.channel = channel(address, account);
    this.command = Command.create(address.cluster().sharded() ? "SPUBLISH" : "PUBLISH");
    this.served = served;
  }

  private static String channel(RedisAddress address, String account) {
    return address.channelPrefix() + ":" + account;
  }

  public String channel() {
    return channel;
  }

  /** Connects. With sharded Pub/Sub, connects to the node that serves the channel's slot. */
  public Future<Void> start() {
    return onContext(
        promise ->
            clients()
                .compose(RedisClients::open)
                .onSuccess(this::opened)
                .<Void>mapEmpty()
                .onComplete(promise));
  }

  private void opened(RedisClients.Open connected) {
    open = connected;
    keepAliveTimer = vertx.setPeriodic(address.probeInterval().toMillis(), tick -> keepAlive());
  }

  /** Sends a PING, because Redis with {@code timeout} and most proxies close idle connections. */
  private void keepAlive() {
    if (open != null && (pong == null || pong.isComplete())) {
      pong = open.connection().send(Request.cmd(Command.PING));
    }
  }

  private Future<RedisClients> clients() {
    RedisClients any = new RedisClients(vertx, address);
    return served.isEmpty() ? Future.succeededFuture(any) : any.ofKey(served);
  }

  /**
   * Publishes a payload. Calls of one thread keep their order. Returns the number of subscribers
   * that received it.
   */
  public Future<Integer> publish(byte[] payload) {
    return send(Request.cmd(command).arg(channel).arg(payload)).map(Response::toInteger);
  }

  /** Sends a command. Calls of one thread keep their order. */
  public Future<Response> send(Request request) {
    return onContext(
        promise -> {
          RedisClients.Open connected = open;
          if (connected == null) {
            promise.fail("not connected");
            return;
          }
          connected
              .connection()
              .send(request)
              .timeout(address.commandTimeout().toMillis(), TimeUnit.MILLISECONDS)
              .recover(failure -> Future.failedFuture(RedisErrors.text(failure)))
              .onComplete(promise);
        });
  }

  public Future<Void> stop() {
    return onContext(
        promise -> {
          if (open != null) {
            vertx.cancelTimer(keepAliveTimer);
            open.close();
            open = null;
          }
          promise.complete();
        });
  }

  private <T> Future<T> onContext(Consumer<Promise<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(
        run -> {
          try {
            action.accept(done);
          } catch (Throwable fault) {
            // Without this, the future would never complete.
            done.tryFail(fault);
          }
        });
    return done.future();
  }
}
