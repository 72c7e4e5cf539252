package luna.sender.bridge;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.onEventLoop;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.stream.IntStream;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the client reports when a batch fails, with a real server. */
final class RedisErrorsIT {
  private static final int COMMANDS = 3;

  private final TestRedis redis = new TestRedis();
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private RedisConnection connection;
  private String id;

  @BeforeEach
  void connect() {
    Redis client = Redis.createClient(vertx, "redis://127.0.0.1:" + redis.port());
    connection = await(onEventLoop(context, client::connect));
    connection.exceptionHandler(expected -> {});
    id =
        await(onEventLoop(context, () -> connection.send(Request.cmd(Command.CLIENT).arg("ID"))))
            .toString();
  }

  @AfterEach
  void close() {
    await(vertx.close());
    redis.close();
  }

  private static List<Request> commands(Command command, String... arguments) {
    return IntStream.range(0, COMMANDS)
        .mapToObj(
            i -> {
              Request request = Request.cmd(command);
              List.of(arguments).forEach(request::arg);
              return request;
            })
        .toList();
  }

  private Throwable failure(Future<List<Response>> batch) {
    until("the batch has failed", batch::failed);
    return RedisErrors.ofBatch(batch.cause());
  }

  @Test
  void errorOfRedisIsAnAnswer() {
    redis.command("SET", "text", "a");
    Throwable failure =
        failure(onEventLoop(context, () -> connection.batch(commands(Command.INCR, "text"))));
    assertThat(RedisErrors.isAnswer(failure)).isTrue();
    assertThat(RedisErrors.text(failure))
        .isEqualTo("ERR [0] value is not an integer or out of range");
  }

  @Test
  void connectionThatIsClosedBeforeTheAnswerIsNoAnswer() {
    Future<List<Response>> batch =
        onEventLoop(context, () -> connection.batch(commands(Command.BLPOP, "nothing", "0")));
    until("Redis waits", () -> client().contains("cmd=blpop"));
    redis.command("CLIENT", "KILL", "ID", id);
    Throwable failure = failure(batch);
    assertThat(RedisErrors.isAnswer(failure)).isFalse();
    assertThat(RedisErrors.text(failure)).isEqualTo("the peer closed the connection");
  }

  @Test
  void batchThatCannotBeWrittenHasNoAnswer() {
    Future<List<Response>> batch =
        onEventLoop(
            context,
            () -> {
              // The loop is busy, so it does not notice that the connection is closed.
              redis.command("CLIENT", "KILL", "ID", id);
              connection.batch(commands(Command.PING));
              until("Redis has reset the connection", () -> client().isEmpty());
              return connection.batch(commands(Command.PING));
            });
    Throwable failure = failure(batch);
    assertThat(RedisErrors.isAnswer(failure)).isFalse();
    assertThat(RedisErrors.text(failure)).doesNotContain("[0]");
  }

  /** Returns the description of the connection; empty after it is closed. */
  private String client() {
    return redis
        .command("CLIENT", "LIST")
        .toString()
        .lines()
        .filter(line -> line.startsWith("id=" + id + " "))
        .findFirst()
        .orElse("");
  }
}
