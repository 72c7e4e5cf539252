package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests the operations for operators: configuration, health and metrics; and that they show no
 * secret.
 */
final class OperationsIT {
  private static final String PASSWORD = "correct-horse-battery-staple";
  private static final String TOKEN = "influx-token-that-nobody-may-see";

  @RegisterExtension
  final Service service =
      new Service(
          new String[] {"requirepass " + PASSWORD},
          "REDIS_DB_ADDRESS__PASSWORD=" + PASSWORD,
          "INFLUX_MONITORING__TOKEN=" + TOKEN);

  @Test
  void configurationIsJsonUnlessTextIsRequested() {
    for (String accept :
        List.of("*/*", "application/json", "application/*", "text/plain;q=0.5, */*")) {
      assertThat(ask("/config", "Accept: " + accept).header("Content-Type"))
          .as(accept)
          .isEqualTo("application/json");
    }
    assertThat(ask("/config").header("Content-Type")).isEqualTo("application/json");
    for (String accept : List.of("text/plain", "text/*", "text/plain, application/json;q=0.9")) {
      assertThat(ask("/config", "Accept: " + accept).header("Content-Type"))
          .as(accept)
          .isEqualTo("text/plain; charset=utf-8");
    }
  }

  @Test
  void bothFormatsOfTheConfigurationAreEqual() {
    JsonObject json = new JsonObject(ask("/config").text());
    String text = ask("/config", "Accept: text/plain").text();
    assertThat(json.getJsonObject("REDIS_DB_ADDRESS").getInteger("PORT"))
        .isEqualTo(service.redis().port());
    for (Map.Entry<String, Object> section : json) {
      assertThat(text).contains("[" + section.getKey() + "]\n");
      for (Map.Entry<String, Object> setting : (JsonObject) section.getValue()) {
        if (!(setting.getValue() instanceof JsonObject)) {
          assertThat(text).containsPattern("(?m)^" + setting.getKey() + " =");
        }
      }
    }
    assertThat(text).contains("PORT = " + service.redis().port() + "\n");
  }

  @Test
  void secretsAreNeverShown() {
    TestSocket socket = service.open(Service.account(), "");
    service.expectWarning("Redis");
    JsonObject config = new JsonObject(ask("/config").text());
    assertThat(config.getJsonObject("REDIS_DB_ADDRESS").getString("PASSWORD"))
        .isEqualTo("********");
    assertThat(config.getJsonObject("INFLUX_MONITORING").getString("TOKEN")).isEqualTo("********");
    assertNoSecret();
    service.redis().kill();
    until("Redis is unavailable", () -> ask("/healthcheck").status() == 502);
    assertNoSecret();
    assertThat(socket.isClosed()).isFalse();
  }

  @Test
  void healthcheckFailsWithoutRedis() {
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    Answer well = ask("/healthcheck?include_luna_services=1");
    assertThat(well.status()).isEqualTo(200);
    assertThat(new JsonObject(well.text()).getDouble("execution_time")).isPositive().isLessThan(5);
    service.redis().kill();
    until("it is unhealthy", () -> ask("/healthcheck").status() == 502);
    JsonObject error = new JsonObject(ask("/healthcheck").text());
    assertThat(error.getInteger("error_code")).isEqualTo(38001);
    assertThat(error.getString("detail")).startsWith("redis: ");
    service.redis().restart();
    until("it is healthy again", () -> ask("/healthcheck").status() == 200);
  }

  @Test
  void metricsHaveEveryNameAfterADelivery() throws IOException {
    String account = Service.account();
    TestSocket socket = service.open(account, "");
    service.redis().publish(account, payload(event("one")));
    assertThat(socket.nextEventId()).isEqualTo("one");
    until("it is counted", () -> service.metric("luna_sender_events_delivered") == 1);
    Answer answer = ask("/metrics");
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    // Counters of failures have no series before the first failure, those of accounts only if they
    // are configured.
    List<String> onlyOnFailure =
        List.of(
            "luna_sender_account_events",
            "luna_sender_account_dropped",
            "luna_sender_account_history_entries",
            "luna_sender_account_history_bytes",
            "luna_sender_malformed",
            "luna_sender_events_dropped",
            "luna_sender_closes",
            "luna_sender_limited",
            "luna_sender_influx_points",
            "luna_sender_tls_certificate_expiry_seconds",
            "luna_sender_tls_reloads",
            "luna_sender_tls_failures");
    List<String> names = names();
    assertThat(names).containsAll(onlyOnFailure).hasSizeGreaterThan(10);
    for (String name : names) {
      if (!onlyOnFailure.contains(name)) {
        assertThat(answer.text())
            .containsPattern("(?m)^" + name + "(_total|_seconds_count|_count|_bytes)?[ {]");
      }
    }
    assertThat(answer.text()).contains("luna_sender_events_delivered_total 1.0");
  }

  @Test
  void seriesOfAFailureAppearWithIt() {
    service.expectWarning("Malformed payload");
    String account = Service.account();
    TestSocket socket = service.open(account, "");
    service.redis().publish(account, "no JSON");
    socket.close();
    until(
        "both are counted",
        () ->
            Pattern.compile("(?s)luna_sender_malformed_total\\{reason=\"\\w+\"\\} 1.0.*")
                    .matcher(ask("/metrics").text())
                    .find()
                && ask("/metrics")
                    .text()
                    .contains("luna_sender_closes_total{reason=\"client\"} 1.0"));
  }

  private void assertNoSecret() {
    for (Answer answer :
        List.of(
            ask("/config"),
            ask("/config", "Accept: text/plain"),
            ask("/metrics"),
            ask("/healthcheck"),
            ask("/version"))) {
      assertThat(answer.text() + answer.headers()).doesNotContain(PASSWORD).doesNotContain(TOKEN);
    }
  }

  /** Returns every meter name in the source of the metrics. */
  /** Returns the names of all meters, from the sources of the package that creates them. */
  private static List<String> names() throws IOException {
    try (Stream<Path> sources = Files.list(Path.of("src/main/java/luna/sender/metrics"))) {
      return sources.flatMap(source -> literals(source).stream()).distinct().toList();
    }
  }

  private static List<String> literals(Path source) {
    try {
      return Pattern.compile("\"(luna_sender_\\w+)\"")
          .matcher(Files.readString(source))
          .results()
          .map(name -> name.group(1))
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Answer ask(String target, String... headerLines) {
    return RawHttp.exchange(service.port(), get(target, headerLines));
  }
}
