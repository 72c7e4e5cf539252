package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;

/**
 * A Redis client that releases all its memory when it is closed. In this version of Vert.x, the
 * context that creates a client retains about 2 kB for each connection attempt until the context
 * ends. So the client is created in its own context, which is closed with it.
 *
 * <p>Owner: confined to the event loop that made it.
 *
 * <p>Source: https://github.com/eclipse-vertx/vert.x/issues/6311
 */
final class IsolatedRedisClient {
  private final CloseFuture owner = new CloseFuture();
  private final Redis client;

  IsolatedRedisClient(Vertx vertx, RedisOptions options) {
    ContextInternal current = (ContextInternal) vertx.getOrCreateContext();
    ContextInternal own =
        ((VertxInternal) vertx)
            .contextBuilder()
            .withEventLoop(current.nettyEventLoop())
            .withCloseFuture(owner)
            .build();
    ContextInternal previous = own.beginDispatch();
    try {
      client = Redis.createClient(vertx, options);
    } finally {
      own.endDispatch(previous);
    }
  }

  /** Connects; the handlers of the connection run in the context of the caller. */
  Future<RedisConnection> connect() {
    return client.connect();
  }

  void close() {
    client.close();
    owner.close();
  }
}
