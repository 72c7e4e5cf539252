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
 * A Redis client of which nothing is left when it is closed. In this version of Vert.x the context
 * that makes a client keeps the sockets' part of it until the context ends, some 2 kB for each
 * attempt to connect; so the client is made in a context of its own, which ends with it.
 *
 * <p>Owner: confined to the event loop that made it.
 *
 * <p>Source: https://github.com/eclipse-vertx/vert.x/issues/6311
 */
final class OwnedRedis {
  private final CloseFuture owner = new CloseFuture();
  private final Redis client;

  OwnedRedis(Vertx vertx, RedisOptions options) {
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

  /** A connection whose handlers run in the context of the caller. */
  Future<RedisConnection> connect() {
    return client.connect();
  }

  void close() {
    client.close();
    owner.close();
  }
}
