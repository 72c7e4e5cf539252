package luna.sender.testing;

import static luna.sender.testing.Waiting.until;

import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis Cluster of three masters, each with a third of the slots.
 *
 * <p>Owner: one test thread.
 */
public final class TestCluster implements AutoCloseable {
  private static final int SLOTS = 16_384;
  private static final int MASTERS = 3;

  private final List<TestRedis> nodes = new ArrayList<>();

  /** The ports that nodes announce: those for TLS, if it is used. */
  private final List<Integer> ports = new ArrayList<>();

  private final int replicas;

  /**
   * @param replicas how many of the masters have a replica, beginning with the first; replicas
   *     follow the masters in the list of nodes
   * @param directives lines of redis.conf for each node
   */
  public TestCluster(int replicas, String... directives) {
    this(replicas, null, directives);
  }

  /**
   * Returns a Cluster without replicas that announces its ports for TLS. Those without TLS work
   * too.
   *
   * @param folder has {@code server.pem}, {@code server.key} and {@code ca.pem}
   * @param directives lines of redis.conf for each node
   */
  public static TestCluster encrypted(Path folder, String... directives) {
    return new TestCluster(0, folder, directives);
  }

  private TestCluster(int replicas, @Nullable Path tls, String... directives) {
    this.replicas = replicas;
    List<String> all = new ArrayList<>(List.of("cluster-enabled yes", "cluster-node-timeout 1000"));
    all.addAll(List.of(directives));
    try {
      for (int i = 0; i < MASTERS + replicas; i++) {
        start(all, tls);
      }
      form();
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private void start(List<String> directives, @Nullable Path tls) {
    if (tls == null) {
      nodes.add(new TestRedis(directives.toArray(String[]::new)));
      ports.add(nodes.get(nodes.size() - 1).port());
      return;
    }
    int port = freePort();
    List<String> encrypted = new ArrayList<>(directives);
    encrypted.addAll(
        List.of(
            "tls-port " + port,
            "tls-cluster yes",
            "tls-cert-file " + tls.resolve("server.pem"),
            "tls-key-file " + tls.resolve("server.key"),
            "tls-ca-cert-file " + tls.resolve("ca.pem")));
    nodes.add(new TestRedis(encrypted.toArray(String[]::new)));
    ports.add(port);
  }

  /** Returns a port that is free together with that of the cluster bus, 10,000 above. */
  private static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 22_000);
      try (ServerSocket first = new ServerSocket(port);
          ServerSocket second = new ServerSocket(port + 10_000)) {
        return Math.min(first.getLocalPort(), second.getLocalPort());
      } catch (IOException taken) {
        // Try another one.
      }
    }
  }

  private void form() {
    for (int i = 0; i < MASTERS; i++) {
      TestRedis master = nodes.get(i);
      master.command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
      // Redis 6.2 has no ADDSLOTSRANGE.
      master.command(
          "CLUSTER",
          Stream.concat(
                  Stream.of("ADDSLOTS"),
                  IntStream.range(i * SLOTS / MASTERS, (i + 1) * SLOTS / MASTERS)
                      .mapToObj(Integer::toString))
              .toArray(String[]::new));
    }
    for (int port : ports.subList(1, ports.size())) {
      nodes.get(0).command("CLUSTER", "MEET", "127.0.0.1", Integer.toString(port));
    }
    until("all nodes know each other", () -> nodes.stream().allMatch(this::knowsAll));
    for (int i = 0; i < replicas; i++) {
      nodes.get(MASTERS + i).command("CLUSTER", "REPLICATE", id(nodes.get(i)));
    }
    until(
        "the cluster is whole",
        () -> nodes.stream().allMatch(node -> info(node).contains("cluster_state:ok")));
    until("each replica follows", () -> nodes.stream().allMatch(this::knowsReplicas));
  }

  private boolean knowsAll(TestRedis node) {
    String known = node.command("CLUSTER", "NODES").toString();
    return known.lines().count() == nodes.size() && !known.contains("handshake");
  }

  private boolean knowsReplicas(TestRedis node) {
    String known = node.command("CLUSTER", "NODES").toString();
    return known.lines().filter(line -> line.contains("slave")).count() == replicas
        && (nodes.indexOf(node) < MASTERS
            || node.command("INFO", "replication").toString().contains("master_link_status:up"));
  }

  private static String info(TestRedis node) {
    return node.command("CLUSTER", "INFO").toString();
  }

  public static String id(TestRedis node) {
    return node.command("CLUSTER", "MYID").toString();
  }

  public TestRedis node(int index) {
    return nodes.get(index);
  }

  /** Returns all nodes, masters first. */
  public List<TestRedis> nodes() {
    return nodes;
  }

  /** Returns the nodes that were masters at the start. */
  public List<TestRedis> masters() {
    return nodes.subList(0, MASTERS);
  }

  /** Returns the master that had the key's slot at the start. */
  public TestRedis masterOf(String key) {
    int slot = nodes.get(0).command("CLUSTER", "KEYSLOT", key).toInteger();
    return nodes.get(
        IntStream.range(0, MASTERS)
            .filter(i -> slot < (i + 1) * SLOTS / MASTERS)
            .findFirst()
            .orElseThrow());
  }

  /** Returns the addresses as in the configuration. */
  public String addresses() {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  /** Returns the nodes with a subscriber of the account's channel; a stopped node has none. */
  public List<TestRedis> subscribed(String account) {
    return nodes.stream()
        .filter(node -> count(node.attempt("PUBSUB", "NUMSUB", "luna-sender:" + account)) > 0)
        .toList();
  }

  private static int count(@Nullable Response counts) {
    return counts == null ? 0 : counts.get(1).toInteger();
  }

  /** Returns the nodes with a sharded subscriber of the account's channel. */
  public List<TestRedis> shardSubscribed(String account) {
    return nodes.stream()
        .filter(node -> count(node.attempt("PUBSUB", "SHARDNUMSUB", "luna-sender:" + account)) > 0)
        .toList();
  }

  /** Returns the master that had the account's slot at the start. */
  public TestRedis master(String account) {
    int index = 0;
    while (slot(account) >= (index + 1) * SLOTS / MASTERS) {
      index++;
    }
    return nodes.get(index);
  }

  /** Informs one node that this master serves the account's slot. */
  public void give(String account, TestRedis to, TestRedis informed) {
    informed.command("CLUSTER", "SETSLOT", Integer.toString(slot(account)), "NODE", id(to));
  }

  public int slot(String account) {
    return nodes.get(0).command("CLUSTER", "KEYSLOT", "luna-sender:" + account).toInteger();
  }

  /** Moves the account's slot, which has no keys, to this master. */
  public void move(String account, TestRedis to) {
    String slot = Integer.toString(slot(account));
    String id = id(to);
    to.command("CLUSTER", "SETSLOT", slot, "NODE", id);
    // Without a higher epoch, a late gossip message of the former owner can undo the move.
    to.command("CLUSTER", "BUMPEPOCH");
    for (TestRedis node : nodes.subList(0, MASTERS)) {
      node.command("CLUSTER", "SETSLOT", slot, "NODE", id);
    }
  }

  /** Publishes to the shard of the account; the node must be its master. */
  public static void spublish(TestRedis node, String account, String payload) {
    node.command("SPUBLISH", "luna-sender:" + account, payload);
  }

  @Override
  public void close() {
    nodes.forEach(TestRedis::close);
  }
}
