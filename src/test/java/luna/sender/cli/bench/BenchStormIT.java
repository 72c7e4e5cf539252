package luna.sender.cli.bench;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.Service;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests reconnect storms of the load generator with our own service, with and without history. */
final class BenchStormIT {
  private static final String[] LOAD = {
    "-c", "20", "-a", "2", "-R", "200", "-W", "500ms", "-d", "2s", "--storm"
  };

  @RegisterExtension final Service history = Service.shared("LUNA_SENDER_HISTORY__MODE=redis");

  @RegisterExtension final Service plain = Service.shared();

  @RegisterExtension
  final Service limited =
      Service.shared(
          "LUNA_SENDER_LIMITS__HANDSHAKES_PER_SECOND=10",
          // All clients, and the question whether there is a history.
          "LUNA_SENDER_LIMITS__HANDSHAKES_BURST=25");

  @ParameterizedTest
  @ValueSource(strings = {"ws,2/ws", "http,2/events"})
  void withHistoryClientsContinueAndMissNothing(String url) {
    until("the service records", () -> history.metric("luna_sender_history_recorder") == 1);
    BenchOutput run = bench(history, url, "--storm-away", "300ms");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject storm = run.json("storm");
    assertThat(storm.getInteger("clients")).isEqualTo(20);
    assertThat(storm.getInteger("back")).isEqualTo(20);
    assertThat(storm.getInteger("resumed")).isEqualTo(20);
    assertThat(storm.getJsonObject("outcomes").getMap()).isEqualTo(Map.of("complete", 20));
    assertThat(storm.getInteger("missed")).isZero();
    // 300 ms of 100 events per second for each client.
    assertThat(storm.getInteger("replayed")).as(run.toString()).isGreaterThanOrEqualTo(20 * 10);
    assertThat(storm.getDouble("back_seconds")).isGreaterThan(0.29);
    assertThat(run.json("deliveries").getInteger("count")).isEqualTo(500 * 10);
  }

  @Test
  void eventsThatTheHistoryHasLostMeanwhileAreLost() throws Exception {
    until("the service records", () -> history.metric("luna_sender_history_recorder") == 1);
    CompletableFuture<BenchOutput> running =
        CompletableFuture.supplyAsync(
            () -> bench(history, "ws,2/ws", "-d", "4s", "--storm-away", "2s"));
    until("all are connected", () -> history.metric("luna_sender_connections") == 20);
    until("all are away", () -> history.metric("luna_sender_connections") == 0);
    List<String> streams = new ArrayList<>();
    history
        .redis()
        .command("KEYS", "luna-sender.history:*")
        .forEach(key -> streams.add(key.toString()));
    long before = length(streams);
    until("more events are recorded", () -> length(streams) >= before + 20);
    streams.forEach(stream -> history.redis().command("XTRIM", stream, "MAXLEN", "0"));
    BenchOutput run = running.get(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(run.code()).as(run.toString()).isEqualTo(3);
    JsonObject storm = run.json("storm");
    assertThat(storm.getJsonObject("outcomes").getMap()).isEqualTo(Map.of("partial", 20));
    assertThat(storm.getLong("lost")).isEqualTo(run.fault("lost")).isGreaterThanOrEqualTo(10 * 20);
  }

  private long length(List<String> streams) {
    return streams.stream()
        .mapToLong(stream -> history.redis().command("XLEN", stream).toLong())
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws,2/ws", "http,2/events"})
  void withoutHistoryClientsMissWhatIsPublishedMeanwhile(String url) {
    BenchOutput run = bench(plain, url, "--storm-away", "300ms");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject storm = run.json("storm");
    assertThat(storm.getInteger("back")).isEqualTo(20);
    assertThat(storm.getInteger("resumed")).isZero();
    assertThat(storm.getInteger("missed")).isGreaterThanOrEqualTo(20 * 10);
    JsonObject deliveries = run.json("deliveries");
    assertThat(deliveries.getInteger("expected") + storm.getInteger("missed")).isEqualTo(500 * 10);
    assertThat(deliveries.getInteger("count")).isEqualTo(deliveries.getInteger("expected"));
  }

  @Test
  void clientsThatStayAreMeasuredInTheStormAndAfterIt() {
    BenchOutput run = bench(history, "ws,2/ws", "--storm-share", "0.8", "--ramp", "20/s");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject storm = run.json("storm");
    assertThat(storm.getInteger("clients")).isEqualTo(16);
    assertThat(storm.getInteger("stayed")).isEqualTo(4);
    JsonObject handshakes = storm.getJsonObject("handshakes");
    assertThat(handshakes.getInteger("count")).isEqualTo(16);
    // The last one begins after three quarters of a second, or 0.7 s with uneven event loops.
    assertThat(handshakes.getDouble("per_second")).isBetween(1.0, 23.0);
    assertThat(storm.getJsonObject("stayed_latency_ms").getDouble("p99")).isPositive();
    assertThat(storm.getJsonObject("stayed_latency_after_ms").getDouble("p99")).isPositive();
  }

  @Test
  void rejectedClientsRetryAfterTheTimeThatTheServerAsksFor() {
    // The log is that of all services in this JVM.
    List.of(history, plain, limited)
        .forEach(service -> service.expectWarning("Limit exceeded; rejecting"));
    BenchOutput run = bench(limited, "ws,2/ws", "-d", "8s");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject storm = run.json("storm");
    assertThat(storm.getInteger("back")).isEqualTo(20);
    assertThat(storm.getJsonObject("failures").getInteger("HTTP 429"))
        .isEqualTo(storm.getInteger("retries"))
        .isPositive();
    assertThat(storm.getDouble("back_seconds")).isGreaterThan(1.0);
  }

  @Test
  void textReportShowsTheStorm() {
    List<String> arguments = new ArrayList<>(List.of(LOAD));
    arguments.addAll(urls(history, "ws,2/ws"));
    assertThat(BenchOutput.of(arguments.toArray(String[]::new)).out())
        .contains(
            "storm          20 clients lost their connections, 0 stayed",
            "20 continued after their position",
            "missed 0, lost 0, duplicated 0",
            "20  complete");
  }

  private static List<String> urls(Service service, String url) {
    String[] parts = url.split(",");
    return List.of(
        "--url=" + parts[0] + "://127.0.0.1:" + service.port() + "/" + parts[1],
        "--redis=redis://127.0.0.1:" + service.redis().port());
  }

  private static BenchOutput bench(Service service, String url, String... arguments) {
    List<String> all = new ArrayList<>(List.of(LOAD));
    all.addAll(urls(service, url));
    all.addAll(List.of("--json", "--quiet"));
    List<String> given = List.of(arguments);
    if (given.contains("-d")) {
      // picocli accepts an option only once.
      all.subList(all.indexOf("-d"), all.indexOf("-d") + 2).clear();
    }
    all.addAll(given);
    return BenchOutput.of(all.toArray(String[]::new));
  }
}
