package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import luna.sender.cli.client.TlsTrust;
import luna.sender.testing.TestRedis;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests a run with another server, which makes faults. */
final class BenchIT {
  private static final int CLIENTS = 2;
  private static final int EVENTS = 300;

  private final TestRedis redis = new TestRedis();
  private final AtomicInteger count = new AtomicInteger();

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void reserializedAndFragmentedJsonIsUnderstood() throws Exception {
    BenchReport report = run(OtherSender::send);
    assertThat(report.delivered().total()).isEqualTo(CLIENTS * EVENTS);
    assertThat(report.faults()).isEqualTo(new DeliveryErrors(0, 0, 0, 0));
    assertThat(report.exitCode()).isZero();
  }

  @Test
  void swappedEventsAreOutOfOrder() throws Exception {
    Map<ServerWebSocket, JsonObject> held = new ConcurrentHashMap<>();
    BenchReport report =
        run(
            (socket, message) -> {
              JsonObject before = held.remove(socket);
              if (count.incrementAndGet() == 100) {
                held.put(socket, message);
                return;
              }
              OtherSender.send(socket, message);
              if (before != null) {
                OtherSender.send(socket, before);
              }
            });
    assertThat(report.faults()).isEqualTo(new DeliveryErrors(0, 0, 1, 0));
    assertThat(report.delivered().total()).isEqualTo(CLIENTS * EVENTS);
    assertThat(report.exitCode()).isEqualTo(3);
  }

  @Test
  void omittedEventIsLostAndRepeatedEventIsADuplicate() throws Exception {
    BenchReport report =
        run(
            (socket, message) -> {
              int number = count.incrementAndGet();
              for (int i = number == 100 ? 0 : number == 200 ? 3 : 1; i > 0; i--) {
                OtherSender.send(socket, message);
              }
            });
    assertThat(report.faults()).isEqualTo(new DeliveryErrors(1, 2, 0, 0));
    assertThat(report.delivered().total()).isEqualTo(CLIENTS * EVENTS - 1);
  }

  @Test
  void serverWithoutFiltersSendsWrongEvents() throws Exception {
    BenchReport report =
        run(plan(List.of("gender=1", ""), OptionalDouble.of(EVENTS)), OtherSender::send);
    assertThat(report.faults().wrong())
        .isEqualTo(CLIENTS * EVENTS - report.delivered().expected())
        .isBetween(EVENTS / 4L, EVENTS - 1L);
    assertThat(report.faults().lost()).isZero();
  }

  @Test
  void closesAreCountedByTheirCode() throws Exception {
    BenchReport report =
        run(
            (socket, message) -> {
              if (count.incrementAndGet() == 100) {
                socket.close((short) 4008, "too slow");
              } else {
                OtherSender.send(socket, message);
              }
            });
    assertThat(report.closed()).containsExactly(Map.entry("4008", 1L));
    assertThat(report.faults().lost()).isPositive();
    assertThat(report.connected()).isEqualTo(CLIENTS);
  }

  @Test
  void latencyIsMeasuredFromTheScheduleDespiteABlockedPublisher() throws Exception {
    BenchReport report =
        run(
            (socket, message) -> {
              if (count.incrementAndGet() == 100) {
                // Redis pauses all commands, including those of the publisher.
                redis.command("CLIENT", "PAUSE", "400", "ALL");
              }
              OtherSender.send(socket, message);
            });
    // All messages that were due in the pause waited for its end: the first for 400 ms, and half of
    // that on average.
    assertThat(report.latency().getMaxValue()).isGreaterThan(350_000_000L);
    assertThat(report.latency().getValueAtPercentile(80)).isGreaterThan(100_000_000L);
    assertThat(report.faults().any()).isFalse();
  }

  @Test
  void haltedRunIsReportedSoFar() throws Exception {
    CompletableFuture<Bench> started = new CompletableFuture<>();
    BenchPlan hour = plan(List.of(), OptionalDouble.empty(), Duration.ofHours(1));
    try (OtherSender sender =
        new OtherSender(
            redis,
            (socket, message) -> {
              OtherSender.send(socket, message);
              if (count.incrementAndGet() == 500) {
                started.join().halt();
              }
            })) {
      Bench bench = new Bench(to(hour, sender), second -> {});
      started.complete(bench);
      BenchReport report = bench.run();
      assertThat(report.halted()).isTrue();
      assertThat(report.delivered().total()).isEqualTo(2 * report.published().events());
      assertThat(report.exitCode()).isZero();
    }
  }

  @Test
  void clientThatIsClosedBeforeItsFirstEventAfterAStormRetries() throws Exception {
    Set<ServerWebSocket> sockets = ConcurrentHashMap.newKeySet();
    BenchReport report =
        run(
            storm(plan(List.of(), OptionalDouble.of(EVENTS), Duration.ofSeconds(3))),
            (socket, message) -> {
              boolean isNew = sockets.add(socket);
              if (isNew && sockets.size() > CLIENTS && sockets.size() <= 2 * CLIENTS) {
                socket.close((short) 1013, "try again later");
              } else if (!socket.isClosed()) {
                OtherSender.send(socket, message);
              }
            });
    StormReport storm = Objects.requireNonNull(report.storm());
    assertThat(storm.failures()).containsExactly(Map.entry("closed with 1013", (long) CLIENTS));
    assertThat(storm.retries()).isEqualTo(CLIENTS);
    assertThat(storm.back()).isEqualTo(CLIENTS);
    assertThat(report.closed()).isEmpty();
    assertThat(report.exitCode()).isZero();
    assertThat(storm.events().missed()).isPositive();
    assertThat(report.delivered().total()).isEqualTo(report.delivered().expected());
  }

  @Test
  void saturatedRunContinuesWithoutAStalledClient() throws Exception {
    AtomicReference<ServerWebSocket> muted = new AtomicReference<>();
    BenchReport report =
        run(
            plan(List.of(), OptionalDouble.empty(), Duration.ofMillis(2500)),
            (socket, message) -> {
              if (!muted.compareAndSet(null, socket) && muted.get() != socket) {
                OtherSender.send(socket, message);
              }
            });
    assertThat(report.stalls()).isPositive();
    assertThat(report.faults().lost()).isEqualTo(report.published().events());
  }

  private BenchReport run(BiConsumer<ServerWebSocket, JsonObject> deliver) throws Exception {
    return run(plan(List.of(), OptionalDouble.of(EVENTS)), deliver);
  }

  private BenchReport run(BenchPlan plan, BiConsumer<ServerWebSocket, JsonObject> deliver)
      throws Exception {
    try (OtherSender sender = new OtherSender(redis, deliver)) {
      return new Bench(to(plan, sender), second -> {}).run();
    }
  }

  private BenchPlan plan(List<String> filters, OptionalDouble rate) {
    return plan(filters, rate, Duration.ofSeconds(1));
  }

  private BenchPlan plan(List<String> filters, OptionalDouble rate, Duration duration) {
    return new BenchPlan(
        URI.create("ws://127.0.0.1/2/ws"),
        TlsTrust.OF_JVM,
        0,
        "redis://127.0.0.1:" + redis.port(),
        "luna-sender",
        CLIENTS,
        1,
        filters,
        rate,
        16,
        Duration.ZERO,
        duration,
        1300,
        1,
        1000,
        null);
  }

  /** Adds a storm after 300 ms. */
  private static BenchPlan storm(BenchPlan plan) {
    return with(plan, plan.url(), Duration.ofMillis(300), new StormPlan(1, Duration.ZERO, 0));
  }

  private static BenchPlan to(BenchPlan plan, OtherSender sender) {
    URI url = URI.create("ws://127.0.0.1:" + sender.port() + "/2/ws");
    return with(plan, url, plan.warmUp(), plan.storm());
  }

  private static BenchPlan with(
      BenchPlan plan, URI url, Duration warmUp, @Nullable StormPlan storm) {
    return new BenchPlan(
        url,
        plan.trust(),
        plan.streamsPerConnection(),
        plan.redis(),
        plan.channelPrefix(),
        plan.connections(),
        plan.accounts(),
        plan.filters(),
        plan.eventsPerSecond(),
        plan.window(),
        warmUp,
        plan.duration(),
        plan.eventBytes(),
        plan.eventsPerMessage(),
        plan.connectRate(),
        storm);
  }
}
