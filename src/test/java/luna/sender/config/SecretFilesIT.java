package luna.sender.config;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import luna.sender.Sender;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the token for InfluxDB and the headers for the collector, in files that change. */
final class SecretFilesIT {
  @TempDir Path folder;

  private final List<String> seen = new CopyOnWriteArrayList<>();

  @Test
  void eachExportUsesTheCurrentSecretOfTheFile() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "t1\n");
    Path headers = Files.writeString(folder.resolve("headers"), "authorization=Bearer h1\n");
    Vertx vertx = Vertx.vertx();
    HttpServer server =
        await(
            vertx
                .createHttpServer()
                .requestHandler(
                    request -> {
                      seen.add(String.valueOf(request.getHeader("Authorization")));
                      int status = request.path().startsWith("/api") ? 204 : 200;
                      request
                          .end()
                          .onSuccess(end -> request.response().setStatusCode(status).end());
                    })
                .listen(0, "127.0.0.1"));
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, server.actualPort(), token, headers);
      try {
        until("Redis is connected", () -> sender.metrics().redis().bridges().ready() == 1);
        until("the first of both is used", () -> used(sender, redis, "Token t1", "Bearer h1"));
        assertThat(seen).containsOnly("Token t1", "Bearer h1");
        Files.writeString(token, "t2");
        Files.writeString(headers, "authorization=Bearer h2");
        until("the second of both is used", () -> used(sender, redis, "Token t2", "Bearer h2"));
        seen.clear();
        until("they continue", () -> used(sender, redis, "Token t2", "Bearer h2"));
        assertThat(seen).containsOnly("Token t2", "Bearer h2");
      } finally {
        await(sender.stop());
      }
    } finally {
      await(vertx.close());
    }
  }

  /** Causes an export to both, and returns whether both secrets were received. */
  private boolean used(Sender sender, TestRedis redis, String token, String headers) {
    String account = Service.account();
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    redis.publish(account, payload(event("one")));
    assertThat(socket.nextEventId()).isEqualTo("one");
    socket.close();
    return seen.containsAll(List.of(token, headers));
  }

  private static Sender start(TestRedis redis, int port, Path token, Path headers) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.put("INFLUX_MONITORING__SEND_DATA_FOR_MONITORING", "1");
    environment.put("INFLUX_MONITORING__PORT", Integer.toString(port));
    environment.put("INFLUX_MONITORING__TOKEN_FILE", token.toString());
    environment.put("INFLUX_MONITORING__FLUSHING_PERIOD", "0.05");
    environment.put("LUNA_SENDER_TRACING__ENDPOINT", "http://127.0.0.1:" + port + "/v1/traces");
    environment.put("LUNA_SENDER_TRACING__SAMPLE_RATIO", "1");
    environment.put("LUNA_SENDER_TRACING__HEADERS_FILE", headers.toString());
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
