package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Function;
import luna.sender.config.RedisAddress;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;

/**
 * Sends commands to the configured Redis: over one {@link RedisLink}, or with a Cluster to the
 * master that serves the key, by {@link ClusterCommands}.
 *
 * <p>Errors: a command fails with the error of Redis or the network, and immediately while there is
 * no connection.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
public interface CommandLink {
  /**
   * Returns a link to the configured Redis.
   *
   * @param name of its connections, for the log
   */
  static CommandLink of(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      String name,
      SteadyClock clock,
      LinkListener listener) {
    return address.cluster().isUsed()
        ? new ClusterCommands(vertx, guard, address, name, clock, listener)
        : new RedisLink(
            vertx,
            guard,
            address,
            new RedisClients(vertx, address),
            RedisLink.Kind.COMMANDS,
            name,
            clock,
            listener);
  }

  void start();

  void stop();

  /** Returns whether there is a connection; with a Cluster, one to each master. */
  boolean connected();

  /** Sends a command. Commands for the same key are executed in their order. */
  Future<Response> send(Request request);

  /** Sends commands at once. Fails with the first error. */
  Future<List<Response>> batch(List<Request> requests);

  /** Returns the {@code host:port} of the master that serves a key; empty without a Cluster. */
  String owner(String key);

  /** Returns, for each master, a function that sends commands without a key to it. */
  List<Function<Request, Future<Response>>> masters();

  /**
   * Checks whether the connected server is the master, and reconnects if it is not. Fails if nobody
   * answers. Always true with a Cluster, whose nodes reject commands for slots of other nodes.
   */
  Future<Boolean> verifyMaster();

  /**
   * Returns whether both are connected to the same server. With a Cluster, every node receives all
   * messages, so one connection to each master is enough.
   */
  boolean isSameServer(RedisLink other);
}
