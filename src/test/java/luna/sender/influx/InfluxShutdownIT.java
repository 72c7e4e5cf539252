package luna.sender.influx;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.TestInflux;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the last batch. The flushing period is a day, so no other batch is sent before it. */
final class InfluxShutdownIT {
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";

  private final TestLog log = TestLog.listen();
  private final TestInflux influx = new TestInflux();
  private final TestRedis redis = new TestRedis();

  @AfterEach
  void close() {
    redis.close();
    influx.close();
    log.detach();
    assertThat(influx.faults()).isEmpty();
  }

  @Test
  void lastBatchContainsAllEarlierPoints() throws Exception {
    Sender sender = traffic("1");
    assertThat(influx.requests()).isZero();
    assertThat(sender.metrics().scrape())
        .contains("\nluna_sender_influx_points_total{outcome=\"written\"} 0.0\n");
    await(sender.stop());
    assertThat(influx.requests()).isOne();
    assertThat(influx.points("requests"))
        .extracting(point -> point.tag("route") + " " + point.tag("status_code"))
        .containsExactlyInAnyOrder("GET:/version 200", "GET:/ws 101");
    assertThat(influx.points("ws_requests")).hasSize(1);
    assertThat(influx.points("ws_requests").get(0).fields()).containsEntry("count", 1L);
    assertThat(log.lines("InfluxExporter")).isEmpty();
  }

  @Test
  void unresponsiveServerDoesNotDelayTheShutdown() throws Exception {
    influx.answer(TestInflux.SILENT);
    Sender sender = traffic("1");
    // Shorter than the timeout of a batch.
    await(sender.stop());
    assertThat(influx.requests()).isOne();
    assertThat(log.lines("InfluxExporter"))
        .singleElement()
        .asString()
        .contains("Points for InfluxDB were not written", "points=\"3\"");
  }

  @Test
  void nothingIsSentUnlessEnabled() throws Exception {
    Sender sender = traffic("0");
    assertThat(sender.metrics().points()).isNull();
    assertThat(sender.metrics().scrape()).doesNotContain("luna_sender_influx");
    await(sender.stop());
    assertThat(influx.requests()).isZero();
  }

  /** Starts a service that has answered a request and a handshake, and delivered an event. */
  private Sender traffic(String send) throws Exception {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
                "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
                "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()),
                "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING", send,
                "INFLUX_MONITORING__ORGANIZATION", "an org&bucket=other",
                "INFLUX_MONITORING__BUCKET", "events",
                "INFLUX_MONITORING__TOKEN", TestInflux.TOKEN,
                "INFLUX_MONITORING__PORT", Integer.toString(influx.port()),
                "INFLUX_MONITORING__FLUSHING_PERIOD", "86400"));
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    until("Redis is connected", () -> sender.metrics().redis().bridges().ready() == 1);
    TestSocket socket = TestSocket.open(sender.port(), ACCOUNT, "");
    redis.publish(ACCOUNT, payload(event("an event")));
    assertThat(socket.nextEventId()).isEqualTo("an event");
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + sender.port() + "/version"))
                .build(),
            HttpResponse.BodyHandlers.discarding());
    assertThat(socket.isClosed()).isFalse();
    return sender;
  }
}
