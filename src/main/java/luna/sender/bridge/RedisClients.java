package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import luna.sender.config.Network;
import luna.sender.config.RedisAddress;
import luna.sender.config.Secret;
import luna.sender.config.SentinelSettings;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to the Redis of the configuration: directly, or to the master that a Sentinel
 * names, or to any node of a Cluster.
 *
 * <p>Errors: a failed future that names the peer and has the client's own words; nothing is left
 * open behind it.
 *
 * <p>Owner: confined to the event loop of its link.
 *
 * <p>Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
final class RedisClients {
  private static final RateLimitedLog LOG = RateLimitedLog.of(RedisClients.class);

  /** How long SENTINEL REPLICAS is not sent after a Sentinel has denied it. */
  private static final Duration REPLICAS_RETRY = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final RedisAddress address;
  private final List<String> nodes;

  /** The Sentinel that is asked first: the one that answered last. */
  private int sentinel;

  /** The connection to it. */
  private @Nullable Open asked;

  /** When SENTINEL REPLICAS may be sent. */
  private long replicasDueNanos = System.nanoTime();

  /** The node of a Cluster that is tried next; nodes of this service begin at any of them. */
  private int node;

  RedisClients(Vertx vertx, RedisAddress address) {
    this(vertx, address, address.cluster().nodes());
  }

  /**
   * @param nodes of a Cluster, of which any will do; empty if there is none
   */
  RedisClients(Vertx vertx, RedisAddress address, List<String> nodes) {
    this.vertx = vertx;
    this.address = address;
    this.nodes = nodes;
    if (!nodes.isEmpty()) {
      node = ThreadLocalRandom.current().nextInt(nodes.size());
    }
  }

  /**
   * A connection with the client that owns it. Each has a client of its own: the pool of one that
   * hangs on a dead peer would make the next attempt wait for ever.
   *
   * @param addresses those that the host's name had; empty where they don't matter
   */
  record Open(
      OwnedRedis client, RedisConnection connection, String hostAndPort, Set<String> addresses) {
    /** Whether the other connection leads to the same server. */
    boolean isSameServer(Open other) {
      return hostAndPort.equals(other.hostAndPort)
          && (addresses.isEmpty() || !Collections.disjoint(addresses, other.addresses));
    }

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
    if (!nodes.isEmpty()) {
      // There is but one database, and nothing to SELECT.
      return redis(nextNode(), "");
    }
    if (asksSentinels()) {
      return master().compose(master -> redis(master, "/" + address.number()));
    }
    return addresses()
        .compose(
            addresses ->
                redis(hostAndPort(address.host(), address.port()), "/" + address.number())
                    .map(
                        open ->
                            new Open(
                                open.client(), open.connection(), open.hostAndPort(), addresses)));
  }

  /**
   * How long {@link #open} and {@link #otherMasters} take at most, one after the other: each of
   * their steps has the connect timeout.
   */
  Duration openLimit() {
    int steps = 5 + 3 * address.sentinel().sentinels().size();
    if (asksSentinels()) {
      steps += 1 + 4 * OtherMasters.LIMIT;
    }
    return address.connectTimeout().multipliedBy(steps).plusSeconds(1);
  }

  /** Whether the Sentinels, or the DNS, may name another server at any time. */
  boolean canMove() {
    return asksSentinels() || hasName();
  }

  private boolean hasName() {
    return nodes.isEmpty()
        && !address.sentinel().isUsed()
        && Network.address(address.host()) == null;
  }

  /** Who is named instead of this connection's server; empty if it is still the one. */
  Future<String> moved(Open open) {
    if (asksSentinels()) {
      return master()
          .map(
              master ->
                  master.equals(open.hostAndPort())
                      ? ""
                      : "the Sentinels name another master, " + master);
    }
    return addresses()
        .map(
            addresses ->
                Collections.disjoint(addresses, open.addresses())
                    ? address.host() + " has another address, " + String.join(", ", addresses)
                    : "");
  }

  /** Those of the host's name; none if it is an address itself. */
  private Future<Set<String>> addresses() {
    if (!hasName()) {
      return Future.succeededFuture(Set.of());
    }
    Promise<List<InetSocketAddress>> resolved =
        ((ContextInternal) vertx.getOrCreateContext()).promise();
    ((VertxInternal) vertx).nameResolver().resolveAll(address.host(), resolved::handle);
    return resolved
        .future()
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .<Set<String>>map(
            all ->
                all.stream()
                    .map(found -> found.getAddress().getHostAddress())
                    .collect(Collectors.toUnmodifiableSet()))
        .recover(failure -> failed(hostAndPort(address.host(), address.port()), failure));
  }

  /** Whether the Sentinels say where Redis is, and may say otherwise at any time. */
  boolean asksSentinels() {
    return nodes.isEmpty() && address.sentinel().isUsed();
  }

  /** The master's {@code host:port} by the word of the first Sentinel that answers. */
  Future<String> master() {
    return master(0)
        .map(master -> hostAndPort(master.get(0).toString(), master.get(1).toInteger()));
  }

  /**
   * Searches for a master besides the one that the Sentinels name. Finds none where no Sentinel is
   * used, or where it denies SENTINEL REPLICAS.
   *
   * @param known accepts the {@code host:port} of each server that is connected already
   */
  Future<OtherMasters> otherMasters(Predicate<String> known) {
    if (!asksSentinels()) {
      return Future.succeededFuture(OtherMasters.NONE);
    }
    return listedMasters()
        .compose(listed -> firstMaster(listed.stream().filter(known.negate()).toList(), 0, ""));
  }

  private Future<List<String>> listedMasters() {
    Open sentinel = asked;
    if (sentinel == null) {
      return Future.failedFuture("no Sentinel is connected");
    }
    if (System.nanoTime() - replicasDueNanos < 0) {
      return Future.succeededFuture(List.of());
    }
    return sentinel
        .connection()
        .send(Request.cmd(Command.SENTINEL).arg("REPLICAS").arg(address.sentinel().masterName()))
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(OtherMasters::listed)
        .recover(failure -> replicasFailed(sentinel.hostAndPort(), failure));
  }

  private Future<List<String>> replicasFailed(String sentinel, Throwable failure) {
    String error = RedisErrors.text(failure);
    // A master that is removed and monitored again is unknown for a moment.
    if (!RedisErrors.isAnswer(failure) || error.contains("No such master")) {
      return failed(sentinel, failure);
    }
    replicasDueNanos = System.nanoTime() + REPLICAS_RETRY.toNanos();
    LOG.atWarn("replicas")
        .addKeyValue("sentinel", sentinel)
        .addKeyValue("error", error)
        .log("The Sentinel denies SENTINEL REPLICAS; replaced masters may stay unknown");
    return Future.succeededFuture(List.of());
  }

  /** Asks the listed servers in turn: the Sentinel's list may be ten seconds old. */
  private Future<OtherMasters> firstMaster(List<String> listed, int index, String unreached) {
    if (index == listed.size()) {
      return Future.succeededFuture(new OtherMasters(null, unreached));
    }
    String server = listed.get(index);
    if (index == OtherMasters.LIMIT) {
      return Future.succeededFuture(new OtherMasters(null, server));
    }
    return ifMaster(server)
        .compose(
            open ->
                open.isPresent()
                    ? Future.succeededFuture(new OtherMasters(open.get(), unreached))
                    : firstMaster(listed, index + 1, unreached),
            failure -> firstMaster(listed, index + 1, server));
  }

  /** A connection to the server if it is a master; fails if it cannot be asked. */
  private Future<Optional<Open>> ifMaster(String hostAndPort) {
    return redis(hostAndPort, "/" + address.number())
        .compose(
            open ->
                ask(open, hostAndPort, Request.cmd(Command.HELLO))
                    .map(
                        hello ->
                            Optional.of(open)
                                .filter(
                                    answered -> "master".equals(String.valueOf(hello.get("role")))))
                    .onComplete(
                        answer -> {
                          if (answer.failed() || answer.result().isEmpty()) {
                            open.close();
                          }
                        }));
  }

  /** Who serves which slot, by the word of the next node. */
  Future<SlotMap> slots() {
    String asked = nextNode();
    String host = asked.substring(0, asked.lastIndexOf(':'));
    return redis(asked, "")
        .compose(
            open ->
                ask(open, asked, Request.cmd(Command.CLUSTER).arg("SHARDS"))
                    .onComplete(done -> open.close()))
        .map(shards -> SlotMap.parse(shards, host, address.useSsl()))
        .compose(
            map ->
                map.masters().isEmpty()
                    ? Future.failedFuture(asked + ": no slots (expected: a node of the Cluster)")
                    : Future.succeededFuture(map));
  }

  private String nextNode() {
    String next = nodes.get(node);
    node = (node + 1) % nodes.size();
    return next;
  }

  private Future<Open> redis(String hostAndPort, String path) {
    return password(address.password(), address.passwordFile(), address::currentPassword)
        .compose(password -> connect(hostAndPort, path, address.useSsl(), address.user(), password))
        .compose(open -> requirePush(open, hostAndPort));
  }

  /** As it is now: a file is read for each connection, so a new password needs no restart. */
  private Future<Secret> password(Secret password, String file, Callable<Secret> current) {
    return file.isEmpty()
        ? Future.succeededFuture(password)
        : vertx
            .executeBlocking(current, false)
            .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Redis before 6.0 cannot tell a published message from the answer to a PING, so that a probe
   * could swallow an event.
   */
  private Future<Open> requirePush(Open open, String hostAndPort) {
    return ask(open, hostAndPort, Request.cmd(Command.create("HELLO")).arg("3"))
        .map(open)
        .onFailure(unknown -> open.close());
  }

  /** Asks the Sentinels in turn where the master is. */
  private Future<Response> master(int failed) {
    SentinelSettings settings = address.sentinel();
    List<String> sentinels = settings.sentinels();
    String hostAndPort = sentinels.get(sentinel);
    Future<Response> answer =
        sentinel(hostAndPort, settings)
            .compose(
                open ->
                    ask(
                        open,
                        hostAndPort,
                        Request.cmd(Command.SENTINEL)
                            .arg("get-master-addr-by-name")
                            .arg(settings.masterName())))
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
    return answer.recover(
        failure -> {
          leaveSentinel();
          sentinel = (sentinel + 1) % sentinels.size();
          return failed + 1 < sentinels.size() ? master(failed + 1) : Future.failedFuture(failure);
        });
  }

  /** The connection of before, or a new one: they are asked every second. */
  private Future<Open> sentinel(String hostAndPort, SentinelSettings settings) {
    if (asked != null) {
      return Future.succeededFuture(asked);
    }
    return password(settings.password(), settings.passwordFile(), settings::currentPassword)
        .compose(password -> connect(hostAndPort, "", settings.useSsl(), settings.user(), password))
        .onSuccess(
            open -> {
              leaveSentinel();
              asked = open;
              open.connection().endHandler(ended -> forget(open));
              open.connection().exceptionHandler(broken -> forget(open));
            });
  }

  private void forget(Open ended) {
    if (asked == ended) {
      leaveSentinel();
    }
  }

  /** The next question goes over a new connection. */
  void leaveSentinel() {
    Open left = asked;
    asked = null;
    if (left != null) {
      left.close();
    }
  }

  /** Bounded, for a peer can go silent at any point, and a link that waits does not try again. */
  private Future<Response> ask(Open open, String hostAndPort, Request request) {
    return open.connection()
        .send(request)
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> failed(hostAndPort, failure));
  }

  private Future<Open> connect(
      String hostAndPort, String path, boolean ssl, String user, Secret password) {
    OwnedRedis client = new OwnedRedis(vertx, options(hostAndPort, path, ssl, user, password));
    return client
        .connect()
        .timeout(address.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(connection -> new Open(client, connection, hostAndPort, Set.of()))
        .onFailure(failure -> client.close())
        .recover(failure -> failed(hostAndPort, failure));
  }

  private static <T> Future<T> failed(String hostAndPort, Throwable failure) {
    return Future.failedFuture(hostAndPort + ": " + RedisErrors.text(failure));
  }

  /** An IPv6 address needs brackets before a port. */
  static String hostAndPort(String host, int port) {
    return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
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

  /** The files are read for each connection, so a renewed certificate needs no restart. */
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
