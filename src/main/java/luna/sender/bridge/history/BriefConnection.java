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

  /** Runs the work, which gets a function that sends commands. */
  <T> Future<T> run(Function<Function<Request, Future<Response>>, Future<T>> work) {
    return new RedisClients(vertx, address)
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
