package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import luna.sender.config.Network;
import luna.sender.config.RedisAddress;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to the configured Redis: to its host, to the master that the Sentinels name, or
 * to any node of a Cluster. It also checks whether Sentinel or DNS now names a different server.
 *
 * <p>Errors: a failed future with the server and the text of the network, the client or Redis. No
 * connection remains open.
 *
 * <p>Owner: confined to the event loop of its link.
 */
public final class RedisClients {
  private final Vertx vertx;
  private final RedisAddress address;
  private final RedisConnector connector;
  private final Sentinels sentinels;
  private final List<String> nodes;

  /** The index of the next node of a Cluster. The first one is random, to distribute the load. */
  private int node;

  public RedisClients(Vertx vertx, RedisAddress address) {
    this(vertx, address, address.cluster().nodes());
  }

  /**
   * @param nodes the nodes of a Cluster that can be used; empty if there is no Cluster
   */
  RedisClients(Vertx vertx, RedisAddress address, List<String> nodes) {
    this.vertx = vertx;
    this.address = address;
    this.connector = new RedisConnector(vertx, address);
    this.sentinels = new Sentinels(address, connector);
    this.nodes = nodes;
    if (!nodes.isEmpty()) {
      node = ThreadLocalRandom.current().nextInt(nodes.size());
    }
  }

  /**
   * A connection and its client. Each connection has its own client: if the pool of a client is
   * blocked by a dead peer, the next attempt would be blocked, too.
   *
   * @param addresses the addresses of the host's name; empty if they are not needed
   */
  public record Open(
      IsolatedRedisClient client,
      RedisConnection connection,
      String hostAndPort,
      Set<String> addresses) {
    /** Returns whether the other connection leads to the same server. */
    boolean isSameServer(Open other) {
      return hostAndPort.equals(other.hostAndPort)
          && (addresses.isEmpty() || !Collections.disjoint(addresses, other.addresses));
    }

    public void close() {
      connection.close();
      client.close();
    }
  }

  /** Opens a connection that is authenticated and uses RESP3. */
  public Future<Open> open() {
    return open(null);
  }

  /** Opens a connection to a server. */
  Future<Open> openAt(String hostAndPort) {
    return connector.redis(hostAndPort, databasePath());
  }

  /**
   * As {@link #open()}.
   *
   * @param watch may have a connection to the master already
   */
  Future<Open> open(@Nullable ReplicaWatch watch) {
    if (!nodes.isEmpty()) {
      // A Cluster has only database 0, so there is no path.
      return connector.redis(nextNode(), "");
    }
    if (asksSentinels()) {
      return sentinels
          .master()
          .compose(
              master -> {
                Open early = watch == null ? null : watch.take(master);
                return early == null ? openAt(master) : Future.succeededFuture(early);
              });
    }
    return addresses()
        .compose(
            addresses ->
                connector
                    .redis(hostAndPort(address.host(), address.port()), databasePath())
                    .map(
                        open ->
                            new Open(
                                open.client(), open.connection(), open.hostAndPort(), addresses)));
  }

  private String databasePath() {
    return "/" + address.number();
  }

  /**
   * Returns the time limit of {@link #open} followed by {@link #otherMasters}. Each step has the
   * connect timeout.
   */
  Duration openLimit() {
    int steps = 5 + 3 * address.sentinel().sentinels().size();
    if (asksSentinels()) {
      steps += 1 + 4 * SecondMasterSearch.LIMIT;
    }
    return address.connectTimeout().multipliedBy(steps).plusSeconds(1);
  }

  /** Returns whether Sentinel or DNS may name a different server later. */
  boolean canMove() {
    return asksSentinels() || hasName();
  }

  private boolean hasName() {
    return nodes.isEmpty()
        && !address.sentinel().isUsed()
        && Network.address(address.host()) == null;
  }

  private boolean asksSentinels() {
    return nodes.isEmpty() && address.sentinel().isUsed();
  }

  /**
   * Checks whether Sentinel or DNS now names a different server than the connected one. Returns a
   * description of the new server, or an empty string.
   */
  Future<String> moved(Open open) {
    if (asksSentinels()) {
      return sentinels
          .master()
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

  /** Resolves the host's name. Returns no address if the host is an address itself. */
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
        .recover(
            failure -> RedisConnector.failed(hostAndPort(address.host(), address.port()), failure));
  }

  /**
   * Searches for a master besides the one that the Sentinels name. Finds none if no Sentinel is
   * used, or if the Sentinel rejects SENTINEL REPLICAS.
   *
   * @param known accepts the {@code host:port} of each server that is already connected
   */
  Future<SecondMasterSearch> otherMasters(Predicate<String> known) {
    if (!asksSentinels()) {
      return Future.succeededFuture(SecondMasterSearch.NONE);
    }
    return sentinels
        .otherMasters()
        .compose(listed -> firstMaster(listed.stream().filter(known.negate()).toList(), 0, ""));
  }

  /** Returns the {@code host:port} of each replica, if Sentinels are used and one is connected. */
  Future<List<String>> replicas() {
    return asksSentinels() ? sentinels.replicas() : Future.succeededFuture(List.of());
  }

  /** Asks each listed server for its role, because the Sentinel's list may be ten seconds old. */
  private Future<SecondMasterSearch> firstMaster(List<String> listed, int index, String unreached) {
    if (index == listed.size()) {
      return Future.succeededFuture(new SecondMasterSearch(null, unreached));
    }
    String server = listed.get(index);
    if (index == SecondMasterSearch.LIMIT) {
      return Future.succeededFuture(new SecondMasterSearch(null, server));
    }
    return ifMaster(server)
        .compose(
            open ->
                open.isPresent()
                    ? Future.succeededFuture(new SecondMasterSearch(open.get(), unreached))
                    : firstMaster(listed, index + 1, unreached),
            failure -> firstMaster(listed, index + 1, server));
  }

  /** Returns a connection to the server if it is a master; fails if the server does not answer. */
  Future<Optional<Open>> ifMaster(String hostAndPort) {
    return openAt(hostAndPort)
        .compose(
            open ->
                connector
                    .ask(open, hostAndPort, RedisConnector.hello())
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

  /** Closes the connection to a Sentinel, if there is one. */
  void leaveSentinel() {
    sentinels.close();
  }

  /** Reads the slot map of a Cluster from its next node. */
  Future<SlotMap> slots() {
    String asked = nextNode();
    String host = asked.substring(0, asked.lastIndexOf(':'));
    return connector
        .redis(asked, "")
        .compose(
            open ->
                connector
                    .ask(open, asked, Request.cmd(Command.CLUSTER).arg("SHARDS"))
                    .onComplete(done -> open.close()))
        .map(shards -> SlotMap.parse(shards, host, address.useSsl()))
        .compose(
            map ->
                map.masters().isEmpty()
                    ? Future.failedFuture(asked + ": no slots (expected: a node of the Cluster)")
                    : Future.succeededFuture(map));
  }

  /**
   * Returns the clients of the server that has a key: with a Cluster, of the master that serves its
   * slot.
   */
  public Future<RedisClients> ofKey(String key) {
    if (nodes.isEmpty()) {
      return Future.succeededFuture(this);
    }
    return slots()
        .compose(
            slots -> {
              String owner = slots.owner(key);
              return owner == null
                  ? Future.failedFuture(key + ": no node (expected: one that serves its slot)")
                  : Future.succeededFuture(of(owner));
            });
  }

  /** Returns the clients of each master. Without a Cluster, there is one. */
  public Future<List<RedisClients>> masters() {
    return nodes.isEmpty()
        ? Future.succeededFuture(List.of(this))
        : slots().map(slots -> slots.masters().stream().map(this::of).toList());
  }

  private RedisClients of(String hostAndPort) {
    return new RedisClients(vertx, address, List.of(hostAndPort));
  }

  private String nextNode() {
    String next = nodes.get(node);
    node = (node + 1) % nodes.size();
    return next;
  }

  /** Returns an address with its port. An IPv6 address is put in brackets. */
  static String hostAndPort(String host, int port) {
    return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
  }
}
