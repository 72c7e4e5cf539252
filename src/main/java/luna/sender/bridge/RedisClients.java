package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import luna.sender.config.RedisAddress;
import luna.sender.config.Secret;

/**
 * Opens connections to the Redis of the configuration: directly, or to the master that a Sentinel
 * names.
 *
 * <p>Errors: a failed future with the client's own words; nothing is left open behind it.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
final class RedisClients {
  private final Vertx vertx;
  private final RedisAddress address;

  RedisClients(Vertx vertx, RedisAddress address) {
    this.vertx = vertx;
    this.address = address;
  }

  /**
   * A connection with the client that owns it. Each has a client of its own: the pool of one that
   * hangs on a dead peer would make the next attempt wait for ever.
   */
  record Open(Redis client, RedisConnection connection) {
    void close() {
      connection.close();
      client.close();
    }
  }

  /**
   * A new connection, authenticated and in RESP3, or a failure, each step within the connect
   * timeout.
   */
  Future<Open> open() {
    if (address.sentinel().masterName().isEmpty()) {
      return open(address.host(), address.port());
    }
    return master(0).compose(master -> open(master.get(0).toString(), master.get(1).toInteger()));
  }

  private Future<Open> open(String host, int port) {
    RedisOptions options =
        options(
            bracketed(host) + ":" + port,
            "/" + address.number(),
            address.user(),
            address.password());
    return connect(options).compose(this::requirePush);
  }

  /**
   * Redis before 6.0 cannot tell a published message from the answer to a PING, so that a probe
   * could swallow an event.
   */
  private Future<Open> requirePush(Open open) {
    return ask(open, Request.cmd(Command.create("HELLO")).arg("3"))
        .map(open)
        .onFailure(unknown -> open.close());
  }

  /** Asks the sentinels in turn where the master is. */
  private Future<Response> master(int index) {
    String sentinel = address.sentinel().sentinels().get(index);
    RedisOptions options =
        options(sentinel, "", address.sentinel().user(), address.sentinel().password());
    Future<Response> answer =
        connect(options)
            .compose(
                open ->
                    ask(
                            open,
                            Request.cmd(Command.SENTINEL)
                                .arg("get-master-addr-by-name")
                                .arg(address.sentinel().masterName()))
                        .onComplete(done -> open.close()))
            .compose(
                master ->
                    master == null
                        ? Future.failedFuture(
                            "MASTER_NAME: "
                                + address.sentinel().masterName()
                                + " (expected: a name that "
                                + sentinel
                                + " knows)")
                        : Future.succeededFuture(master));
    return index + 1 < address.sentinel().sentinels().size()
        ? answer.recover(failure -> master(index + 1))
        : answer;
  }

  /** Bounded, for a peer can go silent at any point, and a link that waits does not try again. */
  private Future<Response> ask(Open open, Request request) {
    return open.connection()
        .send(request)
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<Open> connect(RedisOptions options) {
    Redis client = Redis.createClient(vertx, options);
    return client
        .connect()
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(connection -> new Open(client, connection))
        .onFailure(failure -> client.close());
  }

  /** An IPv6 address needs brackets before a port. */
  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private RedisOptions options(String hostAndPort, String path, String user, Secret password) {
    NetClientOptions net =
        new NetClientOptions()
            .setConnectTimeout((int) address.connectTimeout().toMillis())
            .setTcpKeepAlive(true)
            .setTcpNoDelay(true)
            .setHostnameVerificationAlgorithm(address.verifyHostname() ? "HTTPS" : "");
    if (address.useSsl() && !address.caFile().isEmpty()) {
      net.setTrustOptions(new PemTrustOptions().addCertPath(address.caFile()));
    }
    RedisOptions options =
        new RedisOptions()
            .setConnectionString((address.useSsl() ? "rediss://" : "redis://") + hostAndPort + path)
            .setNetClientOptions(net)
            .setMaxPoolSize(1)
            .setMaxPoolWaiting(1);
    if (!password.value().isEmpty()) {
      options.setPassword(password.value());
      if (!user.isEmpty()) {
        options.setUser(user);
      }
    }
    return options;
  }
}
