package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestRedis;

/**
 * The parts of a recorder that has the lease of a Redis of its own.
 *
 * <p>Owner: one test thread; the parts are used on {@link #context}.
 */
final class TestLeader implements AutoCloseable {
  static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private static final String TOKEN = "token";

  final Config config = ConfigLoader.load(null, Map.of());
  final Metrics metrics = new Metrics(config.influx(), config.metrics());
  final TestRedis redis = new TestRedis();
  final ServerClock clock = new ServerClock();
  final ScriptCalls calls = new ScriptCalls(config.history(), "PUBLISH", TOKEN, false);
  private final Vertx vertx = Vertx.vertx();
  final Context context = vertx.getOrCreateContext();
  final RedisConnection connection =
      await(Redis.createClient(vertx, "redis://127.0.0.1:" + redis.port()).connect());

  TestLeader() {
    redis.command("SET", KEYS.lease(), TOKEN);
  }

  /** Returns a queue that ignores failures. */
  AppendQueue queue(Function<List<Request>, Future<List<Response>>> send) {
    return new AppendQueue(
        send,
        context,
        metrics.guard(),
        metrics.recorder(),
        clock,
        calls,
        failure -> {},
        (failing, failure) -> {});
  }

  @Override
  public void close() {
    await(vertx.close());
    redis.close();
  }
}
