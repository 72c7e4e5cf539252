package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.config.Secret;
import luna.sender.config.SentinelSettings;

/**
 * Opens a connection to one server, with TLS and authentication as configured.
 *
 * <p>Errors: a failed future with the server and the text of the network, the client or Redis. No
 * connection remains open. Each step has the connect timeout, because a peer can become silent at
 * any point, and the caller does not retry while an attempt is pending.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class RedisConnector {
  private final Vertx vertx;
  private final RedisAddress address;

  RedisConnector(Vertx vertx, RedisAddress address) {
    this.vertx = vertx;
    this.address = address;
  }

  /**
   * Connects to a server of Redis.
   *
   * @param path {@code /} and the number of the database, or empty
   */
  Future<Open> redis(String hostAndPort, String path) {
    return password(address.password(), address.passwordFile(), address::currentPassword)
        .compose(password -> connect(hostAndPort, path, address.useSsl(), address.user(), password))
        .compose(open -> requirePush(open, hostAndPort));
  }

  /** Connects to a Sentinel. */
  Future<Open> sentinel(String hostAndPort) {
    SentinelSettings settings = address.sentinel();
    return password(settings.password(), settings.passwordFile(), settings::currentPassword)
        .compose(
            password -> connect(hostAndPort, "", settings.useSsl(), settings.user(), password));
  }

  /** Sends a command and returns its answer. */
  Future<Response> ask(Open open, String hostAndPort, Request request) {
    return open.connection()
        .send(request)
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> failed(hostAndPort, failure));
  }

  /** Returns a HELLO. It names the version of RESP, because Redis 6.0 requires it. */
  static Request hello() {
    return Request.cmd(Command.create("HELLO")).arg("3");
  }

  static <T> Future<T> failed(String hostAndPort, Throwable failure) {
    return Future.failedFuture(hostAndPort + ": " + RedisErrors.text(failure));
  }

  /** Returns the current password. Its file is read each time, so a change needs no restart. */
  private Future<Secret> password(Secret password, String file, Callable<Secret> current) {
    return file.isEmpty()
        ? Future.succeededFuture(password)
        : vertx
            .executeBlocking(current, false)
            .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Fails if the server has no push messages. With Redis before 6.0, a published message cannot be
   * distinguished from the answer to a probe, so an event could be lost.
   */
  private Future<Open> requirePush(Open open, String hostAndPort) {
    return ask(open, hostAndPort, hello()).map(open).onFailure(unknown -> open.close());
  }

  private Future<Open> connect(
      String hostAndPort, String path, boolean ssl, String user, Secret password) {
    IsolatedRedisClient client =
        new IsolatedRedisClient(vertx, options(hostAndPort, path, ssl, user, password));
    return client
        .connect()
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(connection -> new Open(client, connection, hostAndPort, Set.of()))
        .onFailure(failure -> client.close())
        .recover(failure -> failed(hostAndPort, failure));
  }

  private RedisOptions options(
      String hostAndPort, String path, boolean ssl, String user, Secret password) {
    NetClientOptions net =
        new NetClientOptions()
            .setConnectTimeout((int) address.connectTimeout().toMillis())
            .setTcpKeepAlive(true)
            .setTcpNoDelay(true);
    if (ssl) {
      encrypt(net);
    }
    RedisOptions options =
        new RedisOptions()
            .setConnectionString((ssl ? "rediss://" : "redis://") + hostAndPort + path)
            .setNetClientOptions(net)
            .setMaxPoolSize(1)
            .setMaxPoolWaiting(1);
    if (!password.isEmpty()) {
      options.setPassword(password.value());
      if (!user.isEmpty()) {
        options.setUser(user);
      }
    }
    return options;
  }

  /** Reads the files for each connection, so that a renewed certificate needs no restart. */
  private void encrypt(NetClientOptions net) {
    net.setSsl(true).setHostnameVerificationAlgorithm(address.verifyHostname() ? "HTTPS" : "");
    if (!address.caFile().isEmpty()) {
      net.setTrustOptions(new PemTrustOptions().addCertPath(address.caFile()));
    }
    if (!address.certFile().isEmpty()) {
      net.setKeyCertOptions(
          new PemKeyCertOptions().setCertPath(address.certFile()).setKeyPath(address.keyFile()));
    }
  }
}
