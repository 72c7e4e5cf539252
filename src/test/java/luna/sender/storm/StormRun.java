package luna.sender.storm;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import luna.sender.cli.bench.Bench;
import luna.sender.cli.bench.BenchPlan;
import luna.sender.cli.bench.BenchReport;
import luna.sender.cli.bench.Sample;
import luna.sender.cli.bench.StormPlan;
import luna.sender.cli.bench.TextReport;
import luna.sender.cli.client.TlsTrust;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestRedis;

/**
 * Disconnects 99 of 100 clients of a node for a while, lets all of them resume, and measures until
 * all are live, and what the others feel.
 *
 * <p>Shape: {@code StormRun [clients [accounts [seconds away [events per second [handshakes per
 * second]]]]]}; the system property {@code luna.sender.jar} is the path of the jar.
 *
 * <p>Errors: exit code of {@link BenchReport}: not 0 if an event is missing, duplicated or out of
 * order, or a client does not come back.
 */
public final class StormRun {
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration RETURN = Duration.ofSeconds(30);
  private static final double SHARE = 0.99;
  private static final int EVENT_BYTES = 1300;
  private static final Pattern CALLS = Pattern.compile("cmdstat_(\\w+):calls=(\\d+)");

  private final TestRedis redis;
  private final PackagedSender sender;
  private final BenchPlan plan;

  /** CPU time of the node when the clients were away, by the last sample. */
  private Duration cpuAway = Duration.ZERO;

  private boolean away;
  private boolean back;

  private StormRun(TestRedis redis, PackagedSender sender, int[] numbers) {
    this.redis = redis;
    this.sender = sender;
    Duration pause = Duration.ofSeconds(numbers[2]);
    plan =
        new BenchPlan(
            URI.create("ws://127.0.0.1:" + sender.port() + "/2/ws"),
            new TlsTrust(null, false),
            0,
            "redis://127.0.0.1:" + redis.port(),
            "luna-sender",
            numbers[0],
            numbers[1],
            List.of(),
            OptionalDouble.of(numbers[3]),
            1,
            WARM_UP,
            pause.plus(RETURN),
            EVENT_BYTES,
            1,
            numbers[4],
            new StormPlan(SHARE, pause, numbers[4]));
  }

  public static void main(String[] args) throws Exception {
    int[] numbers = {10_000, 100, 60, 200, 2000};
    for (int i = 0; i < args.length; i++) {
      numbers[i] = Integer.parseInt(args[i]);
    }
    int exitCode;
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.start(redis, Map.of("LUNA_SENDER_HISTORY__MODE", "redis"), "-Xmx2g")) {
      StormRun run = new StormRun(redis, sender, numbers);
      BenchReport report = new Bench(run.plan, run::watch).run();
      System.out.println(TextReport.of(report));
      exitCode = report.exitCode();
    }
    System.exit(exitCode);
  }

  /** Prints what the return of the clients has cost, as soon as all are connected. */
  private void watch(Sample sample) {
    if (sample.open() <= Math.ceil(plan.connections() * (1 - SHARE)) && sample.published() > 0) {
      away = true;
      cpuAway = cpu();
      redis.command("CONFIG", "RESETSTAT");
    } else if (away && !back && sample.open() == plan.connections()) {
      back = true;
      System.out.printf(
          "CPU of the node until all were connected: %.1f s; commands at Redis: %s%n",
          cpu().minus(cpuAway).toMillis() / 1e3, commands());
    }
  }

  private Duration cpu() {
    return sender.process().info().totalCpuDuration().orElse(Duration.ZERO);
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
