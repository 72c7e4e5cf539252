package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.testing.TestRedis;

/**
 * What one Redis has announced on the live channels: the position of each payload, as clients have
 * received it.
 *
 * <p>Owner: one test thread.
 */
final class AnnouncedPositions implements AutoCloseable {
  private static final String PREFIX = "luna-sender.live:";

  private final Vertx vertx = Vertx.vertx();

  /** The positions by account and payload, separated by a space. */
  private final Map<String, String> positions = new ConcurrentHashMap<>();

  /** Payloads that were announced at two positions. */
  private final Queue<String> repeated = new ConcurrentLinkedQueue<>();

  AnnouncedPositions(int port) {
    Redis client =
        Redis.createClient(
            vertx, new RedisOptions().setConnectionString("redis://127.0.0.1:" + port));
    RedisConnection connection = await(client.connect());
    connection.handler(this::received);
    connection.send(Request.cmd(Command.PSUBSCRIBE).arg(PREFIX + "*"));
  }

  private void received(Response response) {
    if (!response.get(0).toString().equals("pmessage")) {
      return;
    }
    String channel = response.get(2).toString();
    String account = channel.substring(PREFIX.length() + 1, channel.length() - 1);
    String[] parts = response.get(3).toString().split("\n", 2);
    String first = positions.putIfAbsent(account + " " + parts[1], parts[0]);
    if (first != null && !first.equals(parts[0])) {
      repeated.add(parts[1] + " at " + first + " and " + parts[0]);
    }
  }

  int count() {
    return positions.size();
  }

  /** Checks that each payload has the position in this history that was announced. */
  void assertValid(TestRedis redis, NumberedPublisher publisher) {
    assertThat(repeated).isEmpty();
    int checked = 0;
    for (String account : publisher.accounts) {
      for (Entry entry : RecordedStreams.read(redis, account)) {
        String announced = positions.get(account + " " + entry.text());
        if (announced != null) {
          assertThat("-" + entry.number() + "-" + entry.id())
              .as("the position of %s, announced as %s", entry.text(), announced)
              .isEqualTo(announced.substring(announced.indexOf('-')));
          checked++;
        }
      }
    }
    assertThat(checked).as("payloads that are in the history").isEqualTo(positions.size());
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
