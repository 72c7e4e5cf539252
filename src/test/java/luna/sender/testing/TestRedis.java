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
 * A real Redis, and a connection to it like the platform's.
 *
 * <p>Owner: one test thread.
 */
public final class TestRedis implements AutoCloseable {
  private static final String PASSWORD = "requirepass ";

  /** A master waits 5 s for further replicas before it sends its data, by default. */
  private static final String NO_SYNC_DELAY = "repl-diskless-sync-delay 0";

  private final Vertx vertx = Vertx.vertx();
  private final String[] directives;
  private EmbeddedRedis server;
  private Redis client;
  private RedisConnection connection;

  /** Whether a test may have changed more than what is published. */
  private boolean touched;

  public TestRedis(String... directives) {
    this.directives =
        Stream.concat(Stream.of(NO_SYNC_DELAY), Stream.of(directives)).toArray(String[]::new);
    server = EmbeddedRedis.start(0, this.directives);
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

  /** Publishes to the account's channel; returns the number of subscribers. */
  public int publish(String account, String payload) {
    return send(Command.PUBLISH, "luna-sender:" + account, payload).toInteger();
  }

  /** The same with arbitrary bytes. */
  public int publish(String account, byte[] payload) {
    Request request = Request.cmd(Command.PUBLISH).arg("luna-sender:" + account);
    return await(connection.send(request.arg(Buffer.buffer(payload)))).toInteger();
  }

  /** Sends any command; returns the answer. */
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

  /** Kills the server, like a crash. */
  public void kill() {
    touched = true;
    server.kill();
  }

  /** Starts a new server on the same port. */
  public void restart() {
    touched = true;
    int port = server.port();
    server.close();
    server = EmbeddedRedis.start(port, directives);
    reconnect();
  }

  /** Reconnects, because the server may have closed the old connection. */
  public void reconnect() {
    touched = true;
    client.close();
    client = Redis.createClient(vertx, url());
    connection = await(client.connect());
  }

  /**
   * Sends any command on its own connection. Returns null if the server closes it, as a server does
   * that a Sentinel promotes.
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
