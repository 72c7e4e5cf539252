package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import luna.sender.bridge.HistoryKeys;
import luna.sender.event.Position;

/**
 * Appends payloads to a history with the script, as publishers can do without a recorder.
 *
 * <p>Owner: one test thread.
 */
public final class HistoryPublisher implements AutoCloseable {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private final Vertx vertx = Vertx.vertx();
  private final int port;
  private final int maxEvents;
  private final Duration retention;
  private Redis client;
  private RedisConnection connection;

  public HistoryPublisher(int port) {
    this(port, 10_000);
  }

  /**
   * @param maxEvents payloads that are kept for each account
   */
  public HistoryPublisher(int port, int maxEvents) {
    this(port, maxEvents, Duration.ofHours(1));
  }

  public HistoryPublisher(int port, int maxEvents, Duration retention) {
    this.port = port;
    this.maxEvents = maxEvents;
    this.retention = retention;
    connect();
  }

  private void connect() {
    client = Redis.createClient(vertx, "redis://127.0.0.1:" + port);
    connection = await(client.connect());
  }

  /** Reconnects, because the server has closed the old connection. */
  public void reconnect() {
    client.close();
    connect();
  }

  /** Appends a payload. */
  public Position append(String account, String payload) {
    return await(appending(account, payload));
  }

  /** The same without waiting. */
  public Future<Position> appending(String account, String payload) {
    return call(account, payload.getBytes(UTF_8), "p");
  }

  /** Appends a gap. */
  public Position appendGap(String account, long fromMillis, long toMillis) {
    return await(call(account, (fromMillis + " " + toMillis).getBytes(UTF_8), "g"));
  }

  /** Deletes the history of an account. Its next entry begins another epoch. */
  public void delete(String account) {
    await(
        connection.send(
            Request.cmd(Command.DEL).arg(KEYS.stream(account)).arg(KEYS.state(account))));
  }

  /** Makes the server execute nothing for a while. Does not wait for it. */
  public void sleep(int seconds) {
    connection.send(Request.cmd(Command.DEBUG).arg("SLEEP").arg(seconds));
  }

  private Future<Position> call(String account, byte[] text, String field) {
    return Script.APPEND
        .call(
            connection::send,
            List.of(KEYS.stream(account), KEYS.state(account)),
            List.of(
                text,
                KEYS.live(account),
                Integer.toString(maxEvents),
                Long.toString(retention.toMillis()),
                "PUBLISH",
                "",
                field))
        .map(position -> Objects.requireNonNull(Position.parse(position.toString())));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
