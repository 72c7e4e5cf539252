package luna.sender.api;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.openapi.contract.Operation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.LineProtocol;
import luna.sender.testing.LineProtocol.Point;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RequestRecorderTest {
  private final Vertx vertx = Vertx.vertx();
  private final Metrics metrics =
      metrics(Map.of("INFLUX_MONITORING__SEND_DATA_FOR_MONITORING", "1"));
  private final RequestRecorder recorder = new RequestRecorder(metrics);

  @AfterEach
  void close() {
    metrics.close();
    await(vertx.close());
  }

  @Test
  void metricsHaveTheOperationAndPointsTheRouteWithoutTheVersion() {
    long began = recorder.pointTime();
    recorder.record(operation("ws"), 101, 0, "an id", began, 5_000_000);
    assertThat(metrics.scrape())
        .contains("luna_sender_requests_seconds_count{operation=\"ws\",status=\"101\"} 1");
    assertThat(points())
        .singleElement()
        .satisfies(
            point -> {
              assertThat(point.tags()).containsEntry("route", "GET:/ws");
              assertThat(point.nanos()).isEqualTo(began);
            });
  }

  @Test
  void routeOfAnUnversionedOperationIsItsPath() {
    recorder.record(operation("spec"), 200, 0, "an id", recorder.pointTime(), 1);
    assertThat(points())
        .singleElement()
        .satisfies(point -> assertThat(point.tags()).containsEntry("route", "GET:/docs/spec"));
  }

  @Test
  void requestWithoutAnOperationIsRecordedAsNone() {
    recorder.record(null, 404, 12013, "an id", recorder.pointTime(), 1);
    assertThat(metrics.scrape())
        .contains("luna_sender_requests_seconds_count{operation=\"none\",status=\"404\"} 1");
    assertThat(points()).extracting(Point::series).containsExactly("requests", "errors");
  }

  @Test
  void withoutInfluxOnlyTheMetricsAreRecorded() {
    Metrics alone = metrics(Map.of());
    RequestRecorder recorder = new RequestRecorder(alone);
    assertThat(recorder.pointTime()).isZero();
    recorder.record(null, 404, 12013, "an id", recorder.pointTime(), 1);
    assertThat(alone.scrape())
        .contains("luna_sender_requests_seconds_count{operation=\"none\",status=\"404\"} 1");
    alone.close();
  }

  private Operation operation(String id) {
    return Objects.requireNonNull(await(Contract.load(vertx, List.of())).openApi().operation(id));
  }

  private List<Point> points() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    Objects.requireNonNull(metrics.points()).take().forEach(text::writeBytes);
    return LineProtocol.parse(text.toString(StandardCharsets.UTF_8));
  }

  private static Metrics metrics(Map<String, String> environment) {
    Config config = ConfigLoader.load(null, environment);
    return new Metrics(config.influx(), config.metrics());
  }
}
