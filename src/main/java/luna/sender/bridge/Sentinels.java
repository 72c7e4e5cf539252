package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.config.SentinelSettings;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;

/**
 * Queries the Sentinels for the address of the master.
 *
 * <p>How: it queries the Sentinel that answered last, over the same connection, because it sends a
 * query every second. If that one fails, it queries the others in turn.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
final class Sentinels {
  private static final RateLimitedLog LOG = RateLimitedLog.of(RedisClients.class);

  /** How long SENTINEL REPLICAS is not sent after a Sentinel has rejected it. */
  private static final Duration REPLICAS_RETRY = Duration.ofMinutes(10);

  private final RedisAddress address;
  private final SentinelSettings settings;
  private final RedisConnector connector;

  /** The index of the Sentinel that is queried first. */
  private int first;

  /** The connection to it. */
  private @Nullable Open asked;

  /** When SENTINEL REPLICAS may be sent. */
  private long replicasDueNanos = System.nanoTime();

  Sentinels(RedisAddress address, RedisConnector connector) {
    this.address = address;
    this.settings = address.sentinel();
    this.connector = connector;
  }

  /** Returns the {@code host:port} of the master, from the first Sentinel that answers. */
  Future<String> master() {
    return master(0)
        .map(
            master ->
                RedisClients.hostAndPort(master.get(0).toString(), master.get(1).toInteger()));
  }

  private Future<Response> master(int failed) {
    List<String> sentinels = settings.sentinels();
    String hostAndPort = sentinels.get(first);
    return connection(hostAndPort)
        .compose(open -> master(open, hostAndPort))
        .recover(
            failure -> {
              close();
              first = (first + 1) % sentinels.size();
              return failed + 1 < sentinels.size()
                  ? master(failed + 1)
                  : Future.failedFuture(failure);
            });
  }

  private Future<Response> master(Open open, String hostAndPort) {
    Request request =
        Request.cmd(Command.SENTINEL).arg("get-master-addr-by-name").arg(settings.masterName());
    return connector
        .ask(open, hostAndPort, request)
        .compose(
            master ->
                master == null
                    ? Future.failedFuture(
                        "MASTER_NAME: "
                            + settings.masterName()
                            + " (expected: a name that "
                            + hostAndPort
                            + " knows)")
                    : Future.succeededFuture(master));
  }

  private Future<Open> connection(String hostAndPort) {
    if (asked != null) {
      return Future.succeededFuture(asked);
    }
    return connector
        .sentinel(hostAndPort)
        .onSuccess(
            open -> {
              close();
              asked = open;
              open.connection().endHandler(ended -> forget(open));
              open.connection().exceptionHandler(broken -> forget(open));
            });
  }

  private void forget(Open ended) {
    if (asked == ended) {
      close();
    }
  }

  /** Closes the connection. The next query opens another one. */
  void close() {
    Open left = asked;
    asked = null;
    if (left != null) {
      left.close();
    }
  }

  /**
   * Returns the {@code host:port} of each replica that last reported the role of a master; none if
   * the Sentinel rejects SENTINEL REPLICAS.
   */
  Future<List<String>> otherMasters() {
    return listed(role -> role.equals("master"));
  }

  /** Returns the {@code host:port} of each replica, whatever role it last reported. */
  Future<List<String>> replicas() {
    return listed(role -> true);
  }

  /** Returns the {@code host:port} of each replica that last reported one of these roles. */
  private Future<List<String>> listed(Predicate<String> roles) {
    Open sentinel = asked;
    if (sentinel == null) {
      return Future.failedFuture("no Sentinel is connected");
    }
    if (System.nanoTime() - replicasDueNanos < 0) {
      return Future.succeededFuture(List.of());
    }
    return sentinel
        .connection()
        .send(Request.cmd(Command.SENTINEL).arg("REPLICAS").arg(settings.masterName()))
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(replicas -> SecondMasterSearch.listed(replicas, roles))
        .recover(failure -> replicasFailed(sentinel.hostAndPort(), failure));
  }

  private Future<List<String>> replicasFailed(String sentinel, Throwable failure) {
    String error = RedisErrors.text(failure);
    // While a master is removed and monitored again, its name is unknown.
    if (!RedisErrors.isAnswer(failure) || error.contains("No such master")) {
      return RedisConnector.failed(sentinel, failure);
    }
    replicasDueNanos = System.nanoTime() + REPLICAS_RETRY.toNanos();
    LOG.atWarn("replicas")
        .addKeyValue("sentinel", sentinel)
        .addKeyValue("error", error)
        .log("The Sentinel denies SENTINEL REPLICAS; replaced masters may stay unknown");
    return Future.succeededFuture(List.of());
  }
}
