package luna.sender.ops;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The section {@code INFLUX_MONITORING}, against an endpoint that takes line protocol. */
final class InfluxIT {
  private record Write(String uri, String authorization, String lines) {}

  private final Vertx vertx = Vertx.vertx();
  private final Queue<Write> writes = new ConcurrentLinkedQueue<>();
  private final TestRedis redis = new TestRedis();
  private HttpServer influx;

  @BeforeEach
  void listen() {
    influx =
        await(
            vertx
                .createHttpServer(
                    new io.vertx.core.http.HttpServerOptions().setDecompressionSupported(true))
                .requestHandler(
                    request ->
                        request
                            .body()
                            .onSuccess(
                                body -> {
                                  writes.add(
                                      new Write(
                                          request.uri(),
                                          request.getHeader("Authorization"),
                                          body.toString()));
                                  request.response().setStatusCode(204).end();
                                }))
                .listen(0, "127.0.0.1"));
  }

  @AfterEach
  void close() {
    redis.close();
    await(vertx.close());
  }

  @Test
  void metricsAreWrittenToTheBucketWithTheToken() {
    Sender sender =
        await(
            Sender.start(
                ConfigLoader.load(
                    null,
                    Map.of(
                        "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
                        "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()),
                        "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING", "1",
                        "INFLUX_MONITORING__ORGANIZATION", "an org",
                        "INFLUX_MONITORING__BUCKET", "events",
                        "INFLUX_MONITORING__TOKEN", "s3cret",
                        "INFLUX_MONITORING__PORT", Integer.toString(influx.actualPort()),
                        "INFLUX_MONITORING__FLUSHING_PERIOD", "0.2"))));
    try {
      until("Redis is connected", () -> sender.metrics().redisConnected() == 1);
      String account = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
      TestSocket socket = TestSocket.open(sender.port(), account, "");
      redis.publish(account, payload(event("an event")));
      assertThat(socket.nextEventId()).isEqualTo("an event");
      until(
          "a delivery is written",
          () ->
              writes.stream()
                  .flatMap(write -> write.lines.lines())
                  .anyMatch(
                      line ->
                          line.startsWith("luna_sender_events_delivered")
                              && line.contains("value=1")));
    } finally {
      await(sender.stop());
    }
    assertThat(writes)
        .allSatisfy(
            write -> {
              assertThat(write.uri).startsWith("/api/v2/write?");
              assertThat(write.uri).contains("bucket=events", "org=an+org");
              assertThat(write.authorization).isEqualTo("Token s3cret");
            });
  }
}
