package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import java.util.List;
import java.util.Objects;
import luna.sender.bridge.HistoryKeys;
import luna.sender.event.Position;
import luna.sender.testing.TestCluster;

/**
 * Appends payloads to histories in a Cluster with the script, as publishers can do. It uses the
 * Cluster client of the library, which follows redirects by itself.
 *
 * <p>Owner: one test thread.
 */
public final class ClusterPublisher implements AutoCloseable {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private final Vertx vertx = Vertx.vertx();
  private final RedisConnection connection;
  private final String command;

  /**
   * @param sharded whether live channels are published with SPUBLISH
   */
  public ClusterPublisher(TestCluster cluster, boolean sharded) {
    RedisOptions options = new RedisOptions().setType(RedisClientType.CLUSTER);
    for (String node : cluster.addresses().split(",")) {
      options.addConnectionString("redis://" + node);
    }
    connection = await(Redis.createClient(vertx, options).connect());
    command = sharded ? "SPUBLISH" : "PUBLISH";
  }

  /** Appends a payload. */
  public Position append(String account, String payload) {
    return await(appending(account, payload));
  }

  /** The same without waiting. */
  public Future<Position> appending(String account, String payload) {
    return append(account, payload, KEYS.live(account));
  }

  /** Appends a payload whose announcement reaches nobody, as if it was lost. */
  public Position appendUnheard(String account, String payload) {
    return await(append(account, payload, "unheard:{" + account + "}"));
  }

  private Future<Position> append(String account, String payload, String channel) {
    return Script.APPEND
        .call(
            connection::send,
            List.of(KEYS.stream(account), KEYS.state(account)),
            List.of(payload.getBytes(UTF_8), channel, "10000", "3600000", command))
        .map(position -> Objects.requireNonNull(Position.parse(position.toString())));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
