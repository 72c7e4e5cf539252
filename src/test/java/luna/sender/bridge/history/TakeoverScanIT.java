package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.bridge.history.Takeover.Hole;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An event that arrives while a new leader prepares all streams. */
final class TakeoverScanIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");
  private static final String TOKEN = "token";

  private final Config config = ConfigLoader.load(null, Map.of());
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());
  private final TestRedis redis = new TestRedis();
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final String account = UUID.randomUUID().toString();
  private final ServerClock clock = new ServerClock();
  private final HeardPayloads payloads = new HeardPayloads(KEYS, config.history().retention());
  private final ScriptCalls calls = new ScriptCalls(config.history(), "PUBLISH", TOKEN, false);

  @AfterEach
  void close() {
    await(vertx.close());
    redis.close();
  }

  @Test
  void eventDuringTheScanIsAppendedAfterTheGap() {
    try (HistoryPublisher publisher = new HistoryPublisher(redis.port())) {
      publisher.append(account, "before");
    }
    redis.command("SET", KEYS.lease(), TOKEN);
    RedisConnection connection =
        await(Redis.createClient(vertx, "redis://127.0.0.1:" + redis.port()).connect());
    long hole = System.nanoTime();
    context.runOnContext(begin -> takeOver(connection, new Hole("1 2".getBytes(UTF_8), hole)));

    until("the event is recorded", () -> texts().contains("after"));
    assertThat(texts()).containsExactly("before", "#1 2", "after");
  }

  private List<String> texts() {
    return RecordedStreams.read(redis, account).stream().map(Entry::text).toList();
  }

  /** Takes over, and receives an event just before the stream of its account is found. */
  private void takeOver(RedisConnection connection, Hole hole) {
    AppendQueue queue =
        new AppendQueue(
            connection::batch,
            context,
            metrics.guard(),
            metrics.recorder(),
            clock,
            calls,
            failure -> {},
            (failing, failure) -> {});
    Takeover[] takeover = new Takeover[1];
    Takeover.Streams streams =
        next -> {
          HeardPayload event =
              payloads.add(
                  payloads.account(account), "after".getBytes(UTF_8), false, System.nanoTime());
          takeover[0].add(event);
          return next.apply(List.of(account));
        };
    takeover[0] =
        new Takeover(
            payloads,
            new StreamRepair(connection::send, calls, clock, metrics.recorder()),
            streams,
            queue,
            calls,
            key -> "",
            hole);
    takeover[0].run();
  }
}
