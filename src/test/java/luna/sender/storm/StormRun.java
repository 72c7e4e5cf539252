package luna.sender.storm;

import static luna.sender.testing.Waiting.until;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.TestEvents;
import luna.sender.testing.TestRedis;
import org.HdrHistogram.Histogram;

/**
 * Disconnects many clients, publishes for a while, lets all of them resume at once, and measures
 * until all are live. One more client of each account stays connected, and shows what the others
 * feel.
 *
 * <p>Shape: {@code StormRun [clients [accounts [seconds [events per second [handshakes per
 * second]]]]]}; the system property {@code luna.sender.jar} is the path of the jar.
 *
 * <p>Errors: exit code 1 if an event is missing, duplicated or out of order.
 */
public final class StormRun {
  private static final String PADDING = "x".repeat(1150);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int WARM_UP_SECONDS = 20;
  private static final int SETTLE_SECONDS = 3;
  private static final Pattern CALLS = Pattern.compile("cmdstat_(\\w+):calls=(\\d+)");

  private final TestRedis redis = new TestRedis();
  private final PackagedSender sender;
  private final EventLoopGroup loop = loop();

  /** The clients that stay have a loop of their own, because the other one is busy. */
  private final EventLoopGroup stayingLoop = loop();

  private final List<StormAccount> accounts;
  private final StormTotals totals = new StormTotals();
  private final StormTotals staying = new StormTotals();
  private final List<StormRecord> clients;
  private final List<StormRecord> witnesses;
  private final int rate;
  private final int handshakeRate;
  private volatile boolean published = true;

  private StormRun(int clientCount, int accountCount, int rate, int handshakeRate)
      throws Exception {
    this.rate = rate;
    this.handshakeRate = handshakeRate;
    sender = PackagedSender.start(redis, Map.of("LUNA_SENDER_HISTORY__MODE", "redis"), "-Xmx2g");
    accounts =
        Stream.generate(() -> new StormAccount(UUID.randomUUID().toString(), 1_000_000))
            .limit(accountCount)
            .toList();
    clients =
        IntStream.range(0, clientCount)
            .mapToObj(i -> new StormRecord(accounts.get(i % accountCount), totals))
            .toList();
    witnesses = accounts.stream().map(account -> new StormRecord(account, staying)).toList();
  }

  public static void main(String[] args) throws Exception {
    int[] numbers = {10_000, 100, 60, 200, 2000};
    for (int i = 0; i < args.length; i++) {
      numbers[i] = Integer.parseInt(args[i]);
    }
    StormRun run = new StormRun(numbers[0], numbers[1], numbers[3], numbers[4]);
    boolean clean;
    try {
      clean = run.run(numbers[2]);
    } finally {
      run.loop.shutdownGracefully();
      run.stayingLoop.shutdownGracefully();
      run.sender.close();
      run.redis.close();
    }
    System.exit(clean ? 0 : 1);
  }

  private boolean run(int seconds) throws Exception {
    Thread publisher = new Thread(this::publish, "publisher");
    publisher.start();
    until("each account has events", () -> accounts.stream().allMatch(a -> a.count() > 2));
    connect(witnesses, stayingLoop);
    connect(clients, loop);
    System.out.printf("%,d clients of %,d accounts are live%n", clients.size(), accounts.size());
    Thread.sleep(WARM_UP_SECONDS * 1000L);
    clients.forEach(StormRecord::close);
    until("all are disconnected", PATIENCE, () -> clients.stream().noneMatch(c -> c.isOpen));
    Thread.sleep(SETTLE_SECONDS * 1000L);
    staying.nextLatency();
    Thread.sleep((seconds - SETTLE_SECONDS) * 1000L);
    Histogram before = staying.nextLatency();
    long eventsBefore = totals.events.sum();
    redis.command("CONFIG", "RESETSTAT");
    long cpu = cpuMillis();
    long began = System.nanoTime();
    connect(clients, loop);
    double took = (System.nanoTime() - began) / 1e9;
    double used = (cpuMillis() - cpu) / 1e3;
    Histogram during = staying.nextLatency();
    System.out.printf("all are live again after               %.1f s%n", took);
    System.out.printf(
        "events replayed                        %,d%n", totals.events.sum() - eventsBefore);
    System.out.printf("CPU of the node                        %.1f s%n", used);
    System.out.println("commands at Redis                      " + commands());
    System.out.printf("latency of those that stayed, before   %s%n", milliseconds(before));
    System.out.printf("latency of those that stayed, meanwhile %s%n", milliseconds(during));
    System.out.println("rejected handshakes, retried           " + totals.rejections());
    published = false;
    publisher.join();
    List<StormRecord> all = new ArrayList<>(clients);
    all.addAll(witnesses);
    until(
        "the last events have arrived",
        PATIENCE,
        () -> all.stream().allMatch(client -> client.last == client.account().count() - 1));
    return isClean(totals) & isClean(staying);
  }

  private static EventLoopGroup loop() {
    return new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  }

  private static String milliseconds(Histogram micros) {
    return "p50 %.1f ms, p99 %.1f ms, maximum %.1f ms"
        .formatted(
            micros.getValueAtPercentile(50) / 1e3,
            micros.getValueAtPercentile(99) / 1e3,
            micros.getMaxValue() / 1e3);
  }

  private static boolean isClean(StormTotals group) {
    System.out.printf(
        "missing %,d, repeated or out of order %,d, gaps %,d, not resumed completely %,d%n",
        group.missing.sum(), group.repeated.sum(), group.gaps.sum(), group.incomplete.sum());
    return group.missing.sum() + group.repeated.sum() + group.gaps.sum() + group.incomplete.sum()
        == 0;
  }

  /** Connects clients, and again those that are rejected. Returns when all of them are live. */
  private void connect(List<StormRecord> group, EventLoopGroup at) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long next = System.nanoTime();
    List<StormRecord> waiting = group;
    while (!waiting.isEmpty() && System.nanoTime() < deadline) {
      for (StormRecord client : waiting) {
        if (client.mayConnect()) {
          LockSupport.parkNanos(next - System.nanoTime());
          next += 1_000_000_000L / handshakeRate;
          connect(client, at);
        }
      }
      Thread.sleep(10);
      waiting = waiting.stream().filter(client -> !client.isLive).toList();
    }
    if (!waiting.isEmpty()) {
      throw new IllegalStateException(
          "clients that are not live: " + waiting.size() + " (expected: 0)");
    }
  }

  private void connect(StormRecord client, EventLoopGroup at) {
    String position = client.position;
    String path =
        "/2/ws?positions=1&account_id="
            + client.account().id
            + (position == null ? "&last=1" : "&after=" + position);
    new Bootstrap()
        .group(at)
        .channel(NioSocketChannel.class)
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new StormClient(client, path));
              }
            })
        .connect(new InetSocketAddress("127.0.0.1", sender.port()))
        .addListener(done -> client.connected(done.isSuccess()));
  }

  private void publish() {
    try (RedisWriter writer = new RedisWriter(redis.port())) {
      long next = System.nanoTime();
      for (int i = 0; published; i++) {
        StormAccount account = accounts.get(i % accounts.size());
        String event =
            "{\"event_id\":\"%d\",\"padding\":\"%s\"}".formatted(account.next(), PADDING);
        writer.publish("luna-sender:" + account.id, TestEvents.payload("[" + event + "]"));
        next += 1_000_000_000L / rate;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private long cpuMillis() {
    return sender.process().info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
  }

  private String commands() {
    Matcher calls = CALLS.matcher(redis.command("INFO", "commandstats").toString());
    return calls
        .results()
        .collect(Collectors.toMap(call -> call.group(1), call -> call.group(2)))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(Object::toString)
        .collect(Collectors.joining(", "));
  }
}
