package luna.sender.chaos;

import static luna.sender.testing.Waiting.until;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import luna.sender.testing.Waiting;
import org.slf4j.LoggerFactory;

/**
 * Runs nodes, clients and both kinds of publishers, and injects a fault every 20 s.
 *
 * <p>Shape: {@code ChaosRun jar minutes plain|history [clients [accounts [all|FAULT,FAULT]]]}. The
 * faults occur in random order; each kind occurs once before any is repeated.
 *
 * <p>Errors: exit code 1 if an event is missing without a gap, duplicated, out of order, or does
 * not pass its filter.
 */
public final class ChaosRun {
  private static final Duration BETWEEN_FAULTS = Duration.ofSeconds(20);
  private static final int NODES = 3;

  /** The kinds of faults. */
  private enum Fault {
    REDIS_KILLED,
    SENTINEL_FAILOVER,
    NETWORK_SILENT,
    NODE_STOPPED,
    NODE_TERMINATED,
    SLOW_CLIENTS,
    FLOOD,
    MALFORMED,
    /** The faults from here on only with history. */
    RECORDER_KILLED,
    RECORDER_FROZEN,
    ALL_NODES_RESTARTED;

    static List<Fault> of(boolean history) {
      return Arrays.stream(values())
          .filter(fault -> history || fault.compareTo(RECORDER_KILLED) < 0)
          .toList();
    }

    static List<Fault> named(String names) {
      return Arrays.stream(names.split(",")).map(Fault::valueOf).toList();
    }
  }

  private final List<Fault> faults;
  private final RedisPair redis = new RedisPair();
  private final List<Node> nodes = new ArrayList<>();
  private final List<AccountLog> accounts;
  private final List<ChaosClient> clients = new ArrayList<>();
  private final RunResults results = new RunResults();
  private final List<Publisher> publishers = new ArrayList<>();
  private final Random random = new Random(7);
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final List<Long> heaps = new ArrayList<>();

  private ChaosRun(Path jar, boolean history, int clientCount, int accountCount, List<Fault> faults)
      throws Exception {
    this.faults = faults;
    accounts = Stream.generate(AccountLog::new).limit(accountCount).toList();
    // Each account has one publisher, so its events have an order.
    List<AccountLog> firstHalf = accounts.subList(0, accountCount / 2);
    List<AccountLog> secondHalf = accounts.subList(accountCount / 2, accountCount);
    publishers.add(new Publisher(Publisher.Kind.STAYS, redis, firstHalf, 100));
    publishers.add(new Publisher(Publisher.Kind.FOLLOWS, redis, secondHalf, 100));
    Path logs = Files.createTempDirectory("luna-sender-chaos-");
    System.out.println("the nodes' logs are in " + logs);
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node(jar, logs.resolve("node-" + i + ".log"), redis.sentinelPort(), history));
    }
    nodes.forEach(Node::awaitReady);
    List<Integer> ports = nodes.stream().map(Node::port).toList();
    WebSocketClient socketClient =
        vertx.createWebSocketClient(
            new WebSocketClientOptions().setMaxConnections(100_000).setConnectTimeout(5000));
    for (int i = 0; i < clientCount; i++) {
      clients.add(
          new ChaosClient(
              vertx, socketClient, ports, accounts.get(i % accountCount), results, i, history));
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 3 || !List.of("plain", "history").contains(args[2])) {
      System.err.println("usage: ChaosRun jar minutes plain|history [clients [accounts [faults]]]");
      System.exit(2);
    }
    boolean history = args[2].equals("history");
    // Closed connections of clients are expected.
    ((Logger) LoggerFactory.getLogger("io.vertx.core.http")).setLevel(Level.ERROR);
    ChaosRun run =
        new ChaosRun(
            Path.of(args[0]),
            history,
            args.length > 3 ? Integer.parseInt(args[3]) : 2000,
            args.length > 4 ? Integer.parseInt(args[4]) : 20,
            args.length > 5 && !args[5].equals("all") ? Fault.named(args[5]) : Fault.of(history));
    boolean clean = run.run(Duration.ofSeconds((long) (Double.parseDouble(args[1]) * 60)));
    System.exit(clean ? 0 : 1);
  }

  private boolean run(Duration length) throws Exception {
    List<Thread> publishing = publishers.stream().map(Thread::new).toList();
    clients.forEach(client -> client.connectWithin(10_000));
    publishing.forEach(Thread::start);
    Thread.sleep(15_000);
    long end = System.nanoTime() + length.toNanos();
    List<Fault> next = new ArrayList<>();
    while (System.nanoTime() < end) {
      if (next.isEmpty()) {
        next.addAll(faults);
        Collections.shuffle(next, random);
        heaps.add(nodes.get(0).liveHeapKib());
      }
      Fault fault = next.remove(0);
      say(
          "%s; so far: %,d deliveries, %,d missing without explanation"
              .formatted(fault, results.delivered.sum(), results.unexplained.sum()));
      long began = System.nanoTime();
      strike(fault);
      long rest = BETWEEN_FAULTS.toMillis() - (System.nanoTime() - began) / 1_000_000;
      Thread.sleep(Math.max(1, rest));
    }
    say("last fault done");
    redis.reviveAll();
    Thread.sleep(20_000);
    heaps.add(nodes.get(0).liveHeapKib());
    clients.forEach(ChaosClient::stay);
    Thread.sleep(2_000);
    publishers.forEach(Publisher::end);
    for (Thread thread : publishing) {
      thread.join();
    }
    // Waits for the last events to arrive.
    Thread.sleep(15_000);
    return report();
  }

  private void strike(Fault fault) throws Exception {
    switch (fault) {
      case REDIS_KILLED -> {
        redis.killMaster();
        Thread.sleep(6_000);
        redis.reviveAll();
      }
      case SENTINEL_FAILOVER -> redis.failOver();
      case NETWORK_SILENT -> {
        Runnable heal = redis.silence();
        Thread.sleep(8_000);
        heal.run();
      }
      case NODE_STOPPED -> {
        Node node = nodes.get(random.nextInt(NODES));
        node.freeze();
        Thread.sleep(8_000);
        node.thaw();
      }
      // The first node is never replaced, because its heap is measured.
      case NODE_TERMINATED -> nodes.get(1 + random.nextInt(NODES - 1)).replace();
      case SLOW_CLIENTS -> {
        AccountLog account = accounts.get(random.nextInt(accounts.size()));
        clients.stream()
            .filter(client -> client.log() == account)
            .limit(30)
            .forEach(client -> client.pause(10_000));
        flood(account);
      }
      case FLOOD -> flood(accounts.get(random.nextInt(accounts.size())));
      case RECORDER_KILLED -> recorder().kill();
      case RECORDER_FROZEN -> {
        Node recorder = recorder();
        recorder.freeze();
        Thread.sleep(8_000);
        recorder.thaw();
      }
      case ALL_NODES_RESTARTED -> {
        for (Node node : nodes) {
          node.replace();
          node.awaitReady();
        }
      }
      case MALFORMED -> publishers.forEach(Publisher::spoil);
    }
  }

  private Node recorder() {
    until("a node is the recorder", () -> nodes.stream().anyMatch(Node::isRecorder));
    return nodes.stream().filter(Node::isRecorder).findFirst().orElseGet(() -> nodes.get(0));
  }

  private void flood(AccountLog account) {
    publishers.stream()
        .filter(publisher -> publisher.publishes(account))
        .forEach(publisher -> publisher.flood(account));
  }

  private boolean report() throws Exception {
    int[] there = {0};
    Waiting.await(
        vertx
            .executeBlocking(() -> null)
            .map(
                now -> {
                  for (ChaosClient client : clients) {
                    there[0] += client.end() ? 1 : 0;
                  }
                  return now;
                }));
    System.out.println();
    publishers.forEach(publisher -> System.out.println(publisher.summary()));
    System.out.print(results.table());
    System.out.printf("connected at the end                %,d of %,d%n", there[0], clients.size());
    System.out.println("live heap of a node, KiB            " + heaps);
    long unbalanced = nodes.stream().mapToLong(Node::unbalancedAccounts).sum();
    System.out.printf("accounts with unbalanced counters   %,d%n", unbalanced);
    results.examples().forEach(example -> System.out.println("  " + example));
    nodes.forEach(node -> System.out.println(node.historyMetrics()));
    nodes.forEach(Node::close);
    redis.close();
    vertx.close();
    boolean clean = results.isClean() && unbalanced == 0;
    System.out.println(clean ? "PASSED" : "FAILED");
    return clean && there[0] > clients.size() / 2;
  }

  private static void say(String what) {
    System.out.println(LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + what);
  }
}
