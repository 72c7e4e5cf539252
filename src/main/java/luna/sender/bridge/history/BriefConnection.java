package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import luna.sender.bridge.RedisClients;
import luna.sender.config.RedisAddress;

/**
 * A connection to Redis that is opened for one piece of work and closed afterwards.
 *
 * <p>Errors: a failed future with the error of Redis or the network.
 *
 * <p>Owner: confined to one event loop.
 */
final class BriefConnection {
  private final Vertx vertx;
  private final RedisAddress address;

  BriefConnection(Vertx vertx, RedisAddress address) {
    this.vertx = vertx;
    this.address = address;
  }

  /**
   * Runs the work on a connection to the server that has a key.
   *
   * @param work gets a function that sends commands
   */
  <T> Future<T> run(String key, Function<Function<Request, Future<Response>>, Future<T>> work) {
    return new RedisClients(vertx, address).ofKey(key).compose(clients -> run(clients, work));
  }

  /** Runs the work on a connection to each master, one after another. */
  Future<Void> runAtEachMaster(Function<Function<Request, Future<Response>>, Future<Void>> work) {
    return new RedisClients(vertx, address)
        .masters()
        .compose(
            masters -> {
              Future<Void> done = Future.succeededFuture();
              for (RedisClients master : masters) {
                done = done.compose(former -> run(master, work));
              }
              return done;
            });
  }

  private <T> Future<T> run(
      RedisClients clients, Function<Function<Request, Future<Response>>, Future<T>> work) {
    return clients
        .open()
        .compose(
            open -> {
              Future<T> done;
              try {
                done =
                    work.apply(
                        request ->
                            open.connection()
                                .send(request)
                                .timeout(
                                    address.commandTimeout().toMillis(), TimeUnit.MILLISECONDS));
              } catch (Throwable fault) {
                done = Future.failedFuture(fault);
              }
              return done.onComplete(ended -> open.close());
            });
  }
}
