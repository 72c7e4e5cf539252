package luna.sender.influx;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import luna.sender.metrics.InfluxPoints;
import luna.sender.testing.LineProtocol.Point;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestInflux;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the section {@code INFLUX_MONITORING}, with an endpoint that reads line protocol. */
final class InfluxIT {
  private static final String NOT_TAKEN = "InfluxDB writes fail";
  private static final String REFUSED = "InfluxDB rejected points";
  private static final Set<String> REQUEST_TAGS = Set.of("service", "route", "status_code");

  private final TestInflux influx = new TestInflux();

  @RegisterExtension
  final Service service =
      new Service(
          "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING=1",
          "INFLUX_MONITORING__ORGANIZATION=an org&bucket=other",
          "INFLUX_MONITORING__BUCKET=events",
          "INFLUX_MONITORING__TOKEN=" + TestInflux.TOKEN,
          "INFLUX_MONITORING__PORT=" + influx.port(),
          "INFLUX_MONITORING__FLUSHING_PERIOD=0.05");

  @AfterEach
  void close() {
    influx.close();
    assertThat(influx.faults()).isEmpty();
  }

  @Test
  void requestsAndErrorsAreWrittenToTheSeriesOfTheReference() {
    String account = Service.account();
    String id = "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
    for (int i = 0; i < 7; i++) {
      assertThat(service.get("/version", "Luna-Request-Id", id).statusCode()).isEqualTo(200);
    }
    service.get("/2/ws?gender=9", "Luna-Account-Id", account);
    service.get("/2/ws", "Luna-Account-Id", account);
    service.get("/1/ws");
    service.get("/docs/spec", "Accept", "image/png");
    service.get("/nothing%0Arequests,route=x%20f=1%201", "Luna-Request-Id", "a\\\",x=1");
    service.send("PUT", "/version");
    TestSocket socket = service.open(account, "");
    assertThat(RawHttp.exchange(service.port(), "no HTTP at all\r\n\r\n").status()).isEqualTo(400);

    Map<String, Integer> requests =
        new TreeMap<>(
            Map.of(
                "GET:/version 200", 7,
                "GET:/ws 400", 3,
                "GET:/ws 101", 1,
                "GET:/docs/spec 415", 1,
                "none 404", 1,
                "none 405", 1,
                "none 400", 1));
    until("all are written", () -> influx.points("requests").size() >= 15);
    assertThat(counts("requests")).isEqualTo(requests);
    until("all errors are written", () -> influx.points("errors").size() >= 7);
    assertThat(counts("errors", "error_code"))
        .isEqualTo(
            Map.of(
                "GET:/ws 400 12012", 1,
                "GET:/ws 400 12046", 1,
                "GET:/ws 400 12014", 1,
                "GET:/docs/spec 415 12024", 1,
                "none 404 12013", 1,
                "none 405 12021", 1,
                "none 400 12031", 1));
    assertThat(influx.points("requests"))
        .allSatisfy(
            point -> {
              assertThat(point.tags().keySet()).isEqualTo(REQUEST_TAGS);
              assertThat(point.tag("service")).isEqualTo("luna-sender");
              assertThat(point.fields()).containsOnlyKeys("request_id", "execution_time");
              assertThat(point.number("execution_time")).isBetween(0.0, 15.0);
            });
    assertThat(influx.count("requests", point -> point.text("request_id").equals(id))).isEqualTo(7);
    assertThat(influx.points("errors"))
        .allSatisfy(
            point -> {
              assertThat(point.tag("service")).isEqualTo("luna-sender");
              assertThat(point.tags()).hasSize(4);
              assertThat(point.fields()).containsOnlyKeys("request_id");
              // The point has the start time of its request.
              assertThat(influx.count("requests", same -> same.nanos() == point.nanos())).isOne();
            });
    socket.close();
  }

  @Test
  void deliveriesOfEachAccountAreSummedUp() {
    String one = Service.account();
    String other = Service.account();
    TestSocket first = service.open(one, "");
    TestSocket second = service.open(one, "");
    TestSocket third = service.open(other, "");
    for (int i = 0; i < 20; i++) {
      service.redis().publish(one, payload(event("a " + i), event("b " + i)));
    }
    service.redis().publish(other, payload(event("alone")));
    assertThat(third.nextEventId()).isEqualTo("alone");
    until("each account has its deliveries", () -> sum(one) == 80 && sum(other) == 1);

    assertThat(influx.points("ws_requests"))
        .allSatisfy(
            point -> {
              assertThat(point.tags()).containsOnlyKeys("account_id", "service");
              assertThat(point.tag("service")).isEqualTo("luna-sender");
              assertThat(point.fields())
                  .containsOnlyKeys("count", "transport_time", "transport_time_max");
              assertThat(point.fields().get("count")).isInstanceOf(Long.class);
              assertThat(point.number("transport_time"))
                  .isPositive()
                  .isLessThanOrEqualTo(15)
                  .isLessThanOrEqualTo(point.number("transport_time_max") + 1e-8);
            });
    List.of(first, second, third).forEach(TestSocket::close);
  }

  @Test
  void outageLosesNoPointAndIsLoggedOnce() {
    service.expectWarning(NOT_TAKEN);
    long start = System.nanoTime();
    influx.answer(503);
    service.get("/version");
    int before = influx.requests();
    until("it is retried", () -> influx.requests() > before + 3);
    service.get("/config");
    influx.answer(204);
    service.get("/docs/spec", "Accept", "application/x-yaml");
    until("all are written", () -> influx.points("requests").size() == 3);
    assertThat(counts("requests").keySet())
        .containsExactly("GET:/config 200", "GET:/docs/spec 200", "GET:/version 200");
    List<String> warnings = service.warnings(NOT_TAKEN);
    assertThat(warnings).hasSizeBetween(1, TestLog.linesSince(start));
    assertThat(warnings.get(0))
        .contains("cause=\"status 503 {\"message\":\"a\\nb\"}\"", "port=\"" + influx.port())
        .doesNotContain(TestInflux.TOKEN);
    assertThat(points("dropped")).isZero();
  }

  @Test
  void longOutageKeepsTheNewestPointsInBoundedMemory() {
    service.expectWarning(NOT_TAKEN);
    influx.answer(503);
    InfluxPoints points = Objects.requireNonNull(service.sender().metrics().points());
    int made = 60_000;
    long most = 0;
    for (int i = 0; i < made; i++) {
      points.request("GET:/version", 200, 0, "id " + i, points.now(), 1000);
      most = Math.max(most, points.queuedBytes());
    }
    assertThat(most).isPositive().isLessThanOrEqualTo(InfluxPoints.LIMIT_BYTES);
    influx.answer(204);
    until("all have found their end", () -> points("written") + points("dropped") == made);
    assertThat(points("dropped")).isPositive();
    assertThat(influx.points("requests")).hasSize((int) points("written"));
    assertThat(influx.count("requests", like(made - 1))).isOne();
    assertThat(influx.count("requests", like(0))).isZero();
  }

  @Test
  void pointsFromBeforeTheServerStartsAreWritten() {
    service.expectWarning(NOT_TAKEN);
    long start = System.nanoTime();
    influx.goAway();
    service.get("/version");
    service.awaitWarning(NOT_TAKEN);
    service.get("/version");
    influx.listen();
    until("both are written", () -> influx.points("requests").size() == 2);
    assertThat(service.warnings(NOT_TAKEN)).hasSizeBetween(1, TestLog.linesSince(start));
  }

  @Test
  void unresponsiveServerTimesOutAndIsRetried() {
    service.expectWarning(NOT_TAKEN);
    long start = System.nanoTime();
    influx.answer(TestInflux.SILENT);
    service.get("/version");
    until("it was asked", () -> influx.requests() == 1);
    influx.answer(204);
    until("the point is written", () -> influx.points("requests").size() == 1);
    assertThat(service.warnings(NOT_TAKEN)).hasSizeBetween(1, TestLog.linesSince(start));
  }

  @Test
  void rejectedBatchIsDiscarded() {
    service.expectWarning(REFUSED);
    influx.answer(400);
    service.get("/version");
    until("the point is refused", () -> points("refused") == 1);
    influx.answer(204);
    service.get("/config");
    until("the next is written", () -> points("written") == 1);
    assertThat(counts("requests")).isEqualTo(Map.of("GET:/config 200", 1));
    assertThat(influx.requests()).isEqualTo(2);
  }

  @Test
  void repeatedlyFailingBatchIsDiscarded() {
    service.expectWarning(NOT_TAKEN);
    influx.answer(500);
    service.get("/version");
    until("the point is discarded", () -> points("refused") == 1);
    assertThat(influx.requests()).isEqualTo(5);
    influx.answer(204);
    service.get("/config");
    until("the next is written", () -> points("written") == 1);
  }

  private Map<String, Integer> counts(String series, String... tags) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Point point : influx.points(series)) {
      StringBuilder name = new StringBuilder(point.tag("route") + " " + point.tag("status_code"));
      for (String tag : tags) {
        name.append(' ').append(point.tag(tag));
      }
      counts.merge(name.toString(), 1, Integer::sum);
    }
    return counts;
  }

  private long sum(String account) {
    return influx.points("ws_requests").stream()
        .filter(point -> point.tag("account_id").equals(account))
        .mapToLong(point -> (Long) point.fields().get("count"))
        .sum();
  }

  private double points(String outcome) {
    return service.metric("luna_sender_influx_points", "outcome", outcome);
  }

  private static Predicate<Point> like(int id) {
    return point -> point.text("request_id").equals("id " + id);
  }
}
