package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import luna.sender.cli.bench.ClientLoop.Outcome;
import luna.sender.cli.bench.ClientLoop.Wish;

/**
 * One run: connects the clients, publishes, waits for what is on its way, and adds up.
 *
 * <p>Errors: {@link BenchException} if it could not begin: no Redis, or no client that a server
 * lets in.
 *
 * <p>Owner: {@link #run} is called once; {@link #halt} by any thread.
 */
public final class Bench {
  private static final long SEED = 1;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Between the last handshake and the first event. */
  private static final Duration LEAD = Duration.ofMillis(100);

  /** Nothing comes any more when nothing has come for so long. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private static final Duration DRAIN = Duration.ofSeconds(30);

  /** After all has come, for what should not come. */
  private static final Duration SETTLE = Duration.ofMillis(200);

  private static final Duration LEAVE = Duration.ofSeconds(2);

  private final BenchPlan plan;
  private final Consumer<Sample> eachSecond;
  private final BenchRun run;
  private final Publisher publisher;
  private final List<ClientLoop> loops = new ArrayList<>();
  private final Sampler sampler;
  private long sampled = System.nanoTime();
  private volatile boolean halted;

  public Bench(BenchPlan plan, Consumer<Sample> eachSecond) {
    this.plan = plan;
    this.eachSecond = eachSecond;
    Random random = new Random();
    run = new BenchRun(new EventIds(random), plan.accounts(), plan.connections());
    EventTemplates templates =
        new EventTemplates(run.ids, SEED, plan.eventsPerMessage(), plan.eventBytes());
    List<String> accounts = new ArrayList<>();
    for (int i = 0; i < plan.accounts(); i++) {
      accounts.add(UUID.randomUUID().toString());
    }
    publisher = new Publisher(plan, run, accounts, templates);
    List<Wish> wishes = wishes(plan.filters(), templates);
    int count = Math.min(plan.connections(), Runtime.getRuntime().availableProcessors());
    for (int i = 0; i < count; i++) {
      int first = share(i, count);
      int end = share(i + 1, count);
      loops.add(new ClientLoop(plan, run, accounts, wishes, first, end, count));
    }
    sampler = new Sampler(loops.stream().map(loop -> loop.tally).toList(), publisher);
  }

  private int share(int index, int of) {
    return (int) ((long) plan.connections() * index / of);
  }

  private static List<Wish> wishes(List<String> filters, EventTemplates templates) {
    Map<String, WantedEvents> known = new HashMap<>();
    List<Wish> wishes = new ArrayList<>();
    for (String query : filters.isEmpty() ? List.of("") : filters) {
      known.computeIfAbsent(query, text -> templates.wanted(FilterQuery.parse(text)));
      wishes.add(new Wish(query, known.get(query)));
    }
    return wishes;
  }

  /** Ends the publishing early; what was published is still waited for and reported. */
  public void halt() {
    halted = true;
    publisher.halt();
  }

  public BenchReport run() throws BenchException, InterruptedException {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                // One for the publisher, so that what is read does not make it late.
                .setEventLoopPoolSize(loops.size() + 1)
                .setPreferNativeTransport(true));
    try {
      connect(vertx);
      return measure();
    } finally {
      leave();
      end(vertx.close());
    }
  }

  private void connect(Vertx vertx) throws BenchException, InterruptedException {
    try {
      await(vertx.deployVerticle(publisher));
    } catch (ExecutionException | TimeoutException failure) {
      throw new BenchException(
          "--redis: "
              + reason(failure)
              + " (expected: the connection string of a Redis that can be reached)");
    }
    List<Future<?>> connected = new ArrayList<>();
    for (ClientLoop loop : loops) {
      connected.add(vertx.deployVerticle(loop).compose(deployed -> loop.connect()));
    }
    Future<?> all = Future.all(connected);
    watch(Duration.ofDays(1), () -> all.isComplete() || halted);
    if (sampler.sum(tally -> tally.open) == 0) {
      throw new BenchException(
          "--url: " + plan.url() + " (expected: a Sender that lets clients in): " + refusals());
    }
  }

  private String refusals() {
    List<String> refusals = new ArrayList<>();
    sampler
        .sums(tally -> tally.failed)
        .forEach((why, count) -> refusals.add(why + ", " + count + " times"));
    if (!sampler.refusal().isEmpty()) {
      refusals.add(sampler.refusal());
    }
    return String.join("; ", refusals);
  }

  private BenchReport measure() throws InterruptedException {
    long connected = sampler.sum(tally -> tally.open);
    Duration cpu = cpu();
    long start = System.nanoTime() + LEAD.toNanos();
    long measuredFrom = start + plan.warmUp().toNanos();
    PublishSchedule pace = pace(start, measuredFrom + plan.duration().toNanos());
    run.begin(pace, measuredFrom);
    Thread publishing = new Thread(() -> publisher.publish(pace), "bench-publisher");
    publishing.setDaemon(true);
    publishing.start();
    watch(plan.warmUp().plus(plan.duration()).plus(DRAIN), () -> !publishing.isAlive());
    publisher.halt();
    publishing.join();
    drain();
    Outcome outcome = outcome();
    sampler.take();
    return new BenchReport(
        plan,
        connected,
        sampler.sums(tally -> tally.failed),
        sampler.refusal(),
        sampler.handshakes(),
        sampler.sums(tally -> tally.closed),
        publisher.published(),
        new BenchReport.Delivered(
            outcome.expected(),
            sampler.sum(tally -> tally.deliveries),
            sampler.sum(tally -> tally.bytes)),
        sampler.faults(outcome.lost()),
        (sampler.lastNanos(measuredFrom + 1) - measuredFrom) / 1e9,
        sampler.latency(),
        pace instanceof Saturation saturation ? saturation.stalls() : 0,
        cpu().minus(cpu),
        halted,
        publisher.failure());
  }

  private PublishSchedule pace(long start, long end) {
    double seconds = (end - start) / 1e9;
    return plan.eventsPerSecond().isPresent()
        ? new FixedRate(
            start,
            plan.eventsPerSecond().getAsDouble(),
            seconds,
            plan.accounts(),
            plan.eventsPerMessage())
        : new Saturation(
            start, end, plan.window(), plan.accounts(), plan.eventsPerMessage(), run.positions);
  }

  /** Waits for what is on its way, as long as something comes. */
  private void drain() throws InterruptedException {
    long from = System.nanoTime();
    watch(
        DRAIN, () -> isComplete() || System.nanoTime() - sampler.lastNanos(from) > QUIET.toNanos());
    watch(SETTLE, () -> false);
  }

  private boolean isComplete() {
    for (int client = 0; client < plan.connections(); client++) {
      if (run.positions.get(client) < run.published.get(client % plan.accounts())) {
        return false;
      }
    }
    return publisher.unanswered() == 0;
  }

  private void leave() throws InterruptedException {
    loops.forEach(ClientLoop::leave);
    long end = System.nanoTime() + LEAVE.toNanos();
    while (sampler.sum(tally -> tally.open) > 0 && System.nanoTime() - end < 0) {
      TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
    }
  }

  private Outcome outcome() throws InterruptedException {
    long expected = 0;
    long lost = 0;
    for (ClientLoop loop : loops) {
      try {
        Outcome outcome = await(loop.outcome());
        expected += outcome.expected();
        lost += outcome.lost();
      } catch (ExecutionException | TimeoutException failure) {
        throw new IllegalStateException("an event loop hangs", failure);
      }
    }
    return new Outcome(expected, lost);
  }

  /** Waits until the condition holds or the time is over, and shows how it stands each second. */
  private void watch(Duration atMost, BooleanSupplier done) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!done.getAsBoolean() && System.nanoTime() - end < 0) {
      TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
      long seconds = (System.nanoTime() - sampled) / SECOND.toNanos();
      if (seconds > 0) {
        sampled += seconds * SECOND.toNanos();
        eachSecond.accept(sampler.take());
      }
    }
  }

  /** CPU of this process so far. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static <T> T await(Future<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void end(Future<Void> closing) throws InterruptedException {
    try {
      await(closing);
    } catch (ExecutionException | TimeoutException failure) {
      // The process ends anyway, and its sockets with it.
    }
  }

  private static String reason(Exception failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
