package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
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
import luna.sender.cli.bench.ClientLoop.ClientFilter;
import luna.sender.cli.bench.ClientLoop.Totals;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;

/**
 * Runs one benchmark: connects the clients, publishes, waits for pending deliveries, and creates
 * the report.
 *
 * <p>Errors: {@link BenchException} if the run could not start: Redis is unreachable, or the server
 * rejects all clients.
 *
 * <p>Owner: {@link #run} may be called once; {@link #halt} is thread-safe.
 */
public final class Bench {
  private static final long SEED = 1;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Time between the last handshake and the first event. */
  private static final Duration LEAD_TIME = Duration.ofMillis(100);

  /** Deliveries are complete when none has arrived for this long. */
  private static final Duration IDLE = Duration.ofSeconds(2);

  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

  /** Additional time for unexpected deliveries. */
  private static final Duration SETTLE_TIME = Duration.ofMillis(200);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final BenchPlan plan;
  private final Consumer<Sample> eachSecond;
  private final BenchRun run;
  private final Publisher publisher;
  private final List<ClientLoop> loops = new ArrayList<>();
  private final Sampler sampler;
  private long lastSampleNanos = System.nanoTime();
  private volatile boolean halted;

  public Bench(BenchPlan plan, Consumer<Sample> eachSecond) {
    this.plan = plan;
    this.eachSecond = eachSecond;
    Random random = new Random();
    StormPlan storm = plan.storm();
    run =
        new BenchRun(
            new EventIds(random),
            plan.accounts(),
            plan.connections(),
            storm == null ? new BitSet() : storm.choose(plan.connections()));
    EventTemplates templates =
        new EventTemplates(run.ids, SEED, plan.eventsPerMessage(), plan.eventBytes());
    List<String> accounts = new ArrayList<>();
    for (int i = 0; i < plan.accounts(); i++) {
      accounts.add(UUID.randomUUID().toString());
    }
    publisher = new Publisher(plan, run, accounts, templates);
    List<ClientFilter> clientFilters = clientFilters(plan.filters(), templates);
    int count = Math.min(plan.connections(), Runtime.getRuntime().availableProcessors());
    for (int i = 0; i < count; i++) {
      int first = share(i, count);
      int end = share(i + 1, count);
      loops.add(new ClientLoop(plan, run, accounts, clientFilters, first, end, count));
    }
    sampler = new Sampler(loops.stream().map(loop -> loop.counts).toList(), publisher);
  }

  private int share(int index, int of) {
    return (int) ((long) plan.connections() * index / of);
  }

  private static List<ClientFilter> clientFilters(List<String> filters, EventTemplates templates) {
    FilterQuery queries = new FilterQuery();
    Map<String, WantedEvents> known = new HashMap<>();
    List<ClientFilter> clientFilters = new ArrayList<>();
    for (String query : filters.isEmpty() ? List.of("") : filters) {
      known.computeIfAbsent(query, text -> templates.wanted(queries.parse(text)));
      clientFilters.add(new ClientFilter(query, known.get(query)));
    }
    return clientFilters;
  }

  /** Stops publishing early. Events that were published are still awaited and reported. */
  public void halt() {
    halted = true;
    publisher.halt();
  }

  public BenchReport run() throws BenchException, InterruptedException {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                // One more for the publisher, so that reading does not delay it.
                .setEventLoopPoolSize(loops.size() + 1)
                .setPreferNativeTransport(true));
    try {
      connect(vertx);
      return measure();
    } finally {
      disconnect();
      end(vertx.close());
    }
  }

  private void connect(Vertx vertx) throws BenchException, InterruptedException {
    try {
      await(vertx.deployVerticle(publisher));
    } catch (ExecutionException | TimeoutException failure) {
      throw new BenchException(
          "--redis: "
              + CauseText.of(failure)
              + " (expected: the connection string of a reachable Redis)");
    }
    for (ClientLoop loop : loops) {
      ask(vertx.deployVerticle(loop));
    }
    if (plan.storm() != null) {
      Future<Boolean> hasPositions = loops.get(0).hasPositions();
      watch(TIMEOUT, hasPositions::isComplete);
      if (hasPositions.isComplete() && hasPositions.result()) {
        run.usePositions();
      }
    }
    Future<?> all = Future.all(loops.stream().map(ClientLoop::connect).toList());
    watch(Duration.ofDays(1), () -> all.isComplete() || halted);
    if (sampler.sum(counts -> counts.open) == 0) {
      throw new BenchException(
          "--url: "
              + plan.url()
              + " (expected: a Sender that accepts clients): "
              + sampler.refusals());
    }
  }

  private BenchReport measure() throws InterruptedException {
    long connected = sampler.sum(counts -> counts.open);
    Duration cpu = cpu();
    long start = System.nanoTime() + LEAD_TIME.toNanos();
    long measuredFrom = start + plan.warmUp().toNanos();
    PublishSchedule schedule = schedule(start, measuredFrom + plan.duration().toNanos());
    run.begin(schedule, measuredFrom);
    Thread publishing = new Thread(() -> publisher.publish(schedule), "bench-publisher");
    publishing.setDaemon(true);
    publishing.start();
    Storm storm = storm(measuredFrom);
    BooleanSupplier calm = () -> storm == null || storm.isOver() || halted;
    watch(
        plan.warmUp().plus(plan.duration()).plus(DRAIN_TIMEOUT),
        () -> calm.getAsBoolean() && !publishing.isAlive());
    publisher.halt();
    publishing.join();
    drain();
    Totals totals = totals();
    sampler.take();
    return new BenchReport(
        plan,
        connected,
        sampler.sums(counts -> counts.failed),
        sampler.refusal(),
        sampler.handshakes(),
        sampler.sums(counts -> counts.closed),
        publisher.published(),
        new BenchReport.Delivered(
            totals.expected(),
            sampler.sum(counts -> counts.deliveries),
            sampler.sum(counts -> counts.bytes)),
        sampler.faults(totals.lost()),
        (sampler.lastNanos(measuredFrom + 1) - measuredFrom) / 1e9,
        sampler.latency(),
        schedule instanceof Saturation saturation ? saturation.stalls() : 0,
        cpu().minus(cpu),
        halted,
        publisher.failure(),
        storm == null ? null : storm.report(connected, totals));
  }

  /** Begins the storm at the end of the warm-up, if there is one. */
  private @Nullable Storm storm(long measuredFrom) throws InterruptedException {
    StormPlan storming = plan.storm();
    if (storming == null) {
      return null;
    }
    watch(Duration.ofNanos(measuredFrom - System.nanoTime()), () -> halted);
    Storm storm = new Storm(sampler.storms());
    for (Future<Void> begun : loops.stream().map(loop -> loop.storm(storming)).toList()) {
      ask(begun);
    }
    return storm;
  }

  private PublishSchedule schedule(long start, long end) {
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

  /** Waits for pending deliveries, as long as some arrive. */
  private void drain() throws InterruptedException {
    long from = System.nanoTime();
    watch(
        DRAIN_TIMEOUT,
        () -> isComplete() || System.nanoTime() - sampler.lastNanos(from) > IDLE.toNanos());
    watch(SETTLE_TIME, () -> false);
  }

  private boolean isComplete() {
    for (int client = 0; client < plan.connections(); client++) {
      if (run.positions.get(client) < run.published.get(client % plan.accounts())) {
        return false;
      }
    }
    return publisher.unanswered() == 0;
  }

  private void disconnect() throws InterruptedException {
    loops.forEach(ClientLoop::disconnect);
    long end = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
    while (sampler.sum(counts -> counts.open) > 0 && System.nanoTime() - end < 0) {
      TimeUnit.NANOSECONDS.sleep(POLL_INTERVAL.toNanos());
    }
  }

  private Totals totals() throws InterruptedException {
    Totals all = Totals.NONE;
    for (ClientLoop loop : loops) {
      all = all.plus(ask(loop.totals()));
    }
    return all;
  }

  private static <T> T ask(Future<T> answer) throws InterruptedException {
    try {
      return await(answer);
    } catch (ExecutionException | TimeoutException failure) {
      throw new IllegalStateException("an event loop hangs", failure);
    }
  }

  /** Waits until the condition is met or the time is over, and shows the progress each second. */
  private void watch(Duration atMost, BooleanSupplier done) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!done.getAsBoolean() && System.nanoTime() - end < 0) {
      TimeUnit.NANOSECONDS.sleep(POLL_INTERVAL.toNanos());
      long seconds = (System.nanoTime() - lastSampleNanos) / SECOND.toNanos();
      if (seconds > 0) {
        lastSampleNanos += seconds * SECOND.toNanos();
        eachSecond.accept(sampler.take());
      }
    }
  }

  /** Returns the CPU time of this process. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static <T> T await(Future<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void end(Future<Void> closing) throws InterruptedException {
    try {
      await(closing);
    } catch (ExecutionException | TimeoutException failure) {
      // The process exits anyway, which closes its sockets.
    }
  }
}
