package luna.sender.testing;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.stream.Stream;
import luna.sender.cli.demo.EmbeddedRedis;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis and a connection to it, as the platform has one.
 *
 * <p>Owner: one test thread.
 */
public final class TestRedis implements AutoCloseable {
  private static final String PASSWORD = "requirepass ";

  private final Vertx vertx = Vertx.vertx();
  private final String[] directives;
  private EmbeddedRedis server;
  private Redis client;
  private RedisConnection connection;

  /** Whether a test has had the means to change more than what is published. */
  private boolean touched;

  public TestRedis(String... directives) {
    this.directives = directives;
    server = EmbeddedRedis.start(0, directives);
    client = Redis.createClient(vertx, url());
    connection = await(client.connect());
  }

  private String url() {
    String password =
        Stream.of(directives)
            .filter(directive -> directive.startsWith(PASSWORD))
            .map(directive -> ":" + directive.substring(PASSWORD.length()) + "@")
            .findFirst()
            .orElse("");
    return "redis://" + password + "127.0.0.1:" + server.port();
  }

  public int port() {
    return server.port();
  }

  boolean isTouched() {
    return touched;
  }

  public long pid() {
    touched = true;
    return server.pid();
  }

  /** Publishes to the account's channel; returns how many connections got it. */
  public int publish(String account, String payload) {
    return send(Command.PUBLISH, "luna-sender:" + account, payload).toInteger();
  }

  /** The same with any bytes. */
  public int publish(String account, byte[] payload) {
    Request request = Request.cmd(Command.PUBLISH).arg("luna-sender:" + account);
    return await(connection.send(request.arg(Buffer.buffer(payload)))).toInteger();
  }

  /** Any command, with its answer. */
  public Response command(String name, String... arguments) {
    touched = true;
    return send(Command.create(name), arguments);
  }

  private Response send(Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return await(connection.send(request));
  }

  /** Ends the server without a word, as a crash does. */
  public void kill() {
    touched = true;
    server.kill();
  }

  /** A new server on the same port. */
  public void restart() {
    touched = true;
    int port = server.port();
    server.close();
    server = EmbeddedRedis.start(port, directives);
    reconnect();
  }

  /** A new connection for what follows, where the server may have cut the old one. */
  public void reconnect() {
    touched = true;
    client.close();
    client = Redis.createClient(vertx, url());
    connection = await(client.connect());
  }

  /**
   * Any command on a connection of its own, where the server may cut it at any time, as one does
   * that a Sentinel promotes; null then.
   */
  public @Nullable Response attempt(String name, String... arguments) {
    try {
      reconnect();
      return command(name, arguments);
    } catch (RuntimeException cut) {
      return null;
    }
  }

  @Override
  public void close() {
    await(vertx.close());
    server.close();
  }
}
