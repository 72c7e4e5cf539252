package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.testing.LineProtocol;
import luna.sender.testing.LineProtocol.Point;
import org.junit.jupiter.api.Test;

final class InfluxPointsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final InfluxPoints points =
      new InfluxPoints(new TaggedCounter(registry, "points", "outcome", "Points"));

  @Test
  void failedRequestIsInBothSeriesAtTheTimeItBegan() {
    long began = points.now();
    points.request("GET:/ws", 400, 12012, "an id", began, 5_000_000);
    List<Point> written = LineProtocol.parse(text(points.take()));
    assertThat(written)
        .containsExactly(
            new Point(
                "requests",
                Map.of("route", "GET:/ws", "service", "luna-sender", "status_code", "400"),
                Map.of("request_id", "an id", "execution_time", 0.005),
                began),
            new Point(
                "errors",
                Map.of(
                    "error_code",
                    "12012",
                    "route",
                    "GET:/ws",
                    "service",
                    "luna-sender",
                    "status_code",
                    "400"),
                Map.of("request_id", "an id"),
                began));
  }

  @Test
  void memoryIsBoundedAndTheNewestPointsStay() {
    int made = 60_000;
    long most = 0;
    for (int i = 0; i < made; i++) {
      request("id " + i);
      most = Math.max(most, points.queuedBytes());
    }
    assertThat(most).isLessThanOrEqualTo(InfluxPoints.LIMIT_BYTES);
    int kept = points.waiting();
    assertThat(kept).isBetween(10_000, made - 1);
    assertThat(outcome("dropped")).isEqualTo(made - kept);
    List<String> left = drain();
    assertThat(left).hasSize(kept);
    assertThat(left.get(0)).contains("\"id " + (made - kept) + "\"");
    assertThat(left.get(kept - 1)).contains("\"id " + (made - 1) + "\"");
    assertThat(points.queuedBytes()).isZero();
  }

  @Test
  void failedBatchIsReturnedFirst() {
    for (int i = 0; i < InfluxPoints.BATCH_POINTS + 1; i++) {
      request("id " + i);
    }
    List<byte[]> batch = points.take();
    assertThat(batch).hasSize(InfluxPoints.BATCH_POINTS);
    points.requeue(batch);
    assertThat(points.waiting()).isEqualTo(InfluxPoints.BATCH_POINTS + 1);
    assertThat(points.take()).isEqualTo(batch);
    assertThat(text(points.take())).contains("\"id " + InfluxPoints.BATCH_POINTS + "\"");
    assertThat(points.take()).isEmpty();
  }

  @Test
  void failedBatchMakesRoomForNewerPoints() {
    for (int i = 0; i < InfluxPoints.BATCH_POINTS; i++) {
      request("old");
    }
    List<byte[]> batch = points.take();
    for (int i = 0; i < 60_000; i++) {
      request("new");
    }
    int before = points.waiting();
    points.requeue(batch);
    assertThat(points.queuedBytes()).isLessThanOrEqualTo(InfluxPoints.LIMIT_BYTES);
    assertThat(points.waiting()).isBetween(before, before + 1);
    assertThat(outcome("dropped") + points.waiting()).isEqualTo(65_000);
  }

  /**
   * A clock that was ahead at the start would otherwise date all points wrong until that time is
   * reached.
   */
  @Test
  void timeFollowsLargeClockStepsOnly() {
    AtomicReference<Instant> wall = new AtomicReference<>(Instant.ofEpochSecond(10_000));
    InfluxPoints timed =
        new InfluxPoints(
            new TaggedCounter(registry, "timed", "outcome", "Points"), () -> wall.get());
    long ahead = timed.now();
    wall.set(Instant.ofEpochSecond(10_000).minusMillis(900));
    assertThat(timed.now()).isEqualTo(ahead + 1);
    wall.set(Instant.ofEpochSecond(9_400));
    assertThat(timed.now()).isEqualTo(9_400L * 1_000_000_000);
    assertThat(timed.now()).isEqualTo(9_400L * 1_000_000_000 + 1);
  }

  @Test
  void noTwoTimesAreTheSame() throws Exception {
    Callable<List<Long>> many =
        () -> {
          List<Long> times = new ArrayList<>();
          for (int i = 0; i < 50_000; i++) {
            times.add(points.now());
          }
          return times;
        };
    ExecutorService threads = Executors.newFixedThreadPool(4);
    Set<Long> all = new HashSet<>();
    for (Future<List<Long>> times : threads.invokeAll(List.of(many, many, many, many))) {
      all.addAll(times.get());
    }
    threads.shutdown();
    assertThat(all).hasSize(200_000);
  }

  @Test
  void deliveriesAreCountedExactlyOnce() throws Exception {
    DeliveryTimes transport = new DeliveryTimes();
    Callable<Void> many =
        () -> {
          for (int i = 1; i <= 200_000; i++) {
            transport.add(2, i, i);
          }
          return null;
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<Void>> writers = List.of(threads.submit(many), threads.submit(many));
    long count = 0;
    long nanos = 0;
    long longest = 0;
    boolean last;
    do {
      last = writers.stream().allMatch(Future::isDone);
      DeliveryTimes.Sum sum = transport.take();
      if (sum != null) {
        assertThat(sum.count()).isPositive();
        count += sum.count();
        nanos += sum.nanos();
        longest = Math.max(longest, sum.longestNanos());
      }
    } while (!last);
    threads.shutdown();
    assertThat(count).isEqualTo(800_000);
    assertThat(nanos).isEqualTo(200_000L * 200_001);
    assertThat(longest).isEqualTo(200_000);
    assertThat(transport.take()).isNull();
  }

  private void request(String id) {
    points.request("GET:/version", 200, 0, id, points.now(), 1000);
  }

  private double outcome(String outcome) {
    return registry.get("points").tag("outcome", outcome).counter().count();
  }

  private List<String> drain() {
    List<String> all = new ArrayList<>();
    List<byte[]> batch;
    while (!(batch = points.take()).isEmpty()) {
      text(batch).lines().forEach(all::add);
    }
    return all;
  }

  private static String text(List<byte[]> batch) {
    StringBuilder text = new StringBuilder();
    batch.forEach(line -> text.append(new String(line, StandardCharsets.UTF_8)));
    return text.toString();
  }
}
