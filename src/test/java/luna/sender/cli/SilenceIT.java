package luna.sender.cli;

import static luna.sender.testing.RawSocket.PING;
import static luna.sender.testing.RawSocket.PONG;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import luna.sender.cli.demo.DemoEvents;
import luna.sender.testing.FreePorts;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests each long-running command of the packaged jar while no event arrives: pings and pongs are
 * neither printed nor counted, and end nothing. Pings arrive a few hundred times as often as by
 * default.
 *
 * <p>The tests run concurrently: each has its own service and waits for seconds of silence.
 */
final class SilenceIT {
  private static final String PINGS = "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL";
  private static final String OFTEN = "0.05";
  private static final Pattern WAIT = Pattern.compile("next attempt in ([0-9.]+) s");

  @RegisterExtension
  final Service service =
      new Service(PINGS + "=" + OFTEN, "LUNA_SENDER_WS_SETTINGS__INBOUND_FRAMES_PER_SECOND=1000");

  private final String account = Service.account();

  @Test
  @Execution(CONCURRENT)
  void runPrintsAndCountsNothing() throws Exception {
    Map<String, String> settings =
        Map.of(
            PINGS,
            OFTEN,
            "REDIS_DB_ADDRESS__PROBE_INTERVAL",
            OFTEN,
            "REDIS_DB_ADDRESS__CANARY_INTERVAL",
            OFTEN);
    try (PackagedSender sender =
            PackagedSender.start(service.redis(), settings, PackagedCommand.FAST_START);
        RawSocket client = new RawSocket(sender.port(), account)) {
      awaitPings(client, 2);
      String printed = sender.output();
      awaitPings(client, 60);
      assertThat(sender.output()).isEqualTo(printed);
      assertThat(sender.body("/metrics"))
          .contains("\nluna_sender_connections 1.0\n", "\nluna_sender_ready 1.0\n")
          .contains(
              "\nluna_sender_payloads_total 0.0\n", "\nluna_sender_events_matched_total 0.0\n")
          .contains("\nluna_sender_events_received_total 0.0\n", "\nluna_sender_gaps_open 0.0\n");
    }
  }

  private static void awaitPings(RawSocket client, int pings) throws Exception {
    for (int i = 0; i < pings; i++) {
      Frame ping = client.next();
      assertThat(ping.opcode()).isEqualTo(PING);
      client.sendFrame(PONG, true, ping.payload());
    }
  }

  @ParameterizedTest
  @Execution(CONCURRENT)
  @ValueSource(strings = {"--json", "--no-json", "--gaps"})
  void tailPrintsNothingAndCountsNoPing(String form) throws Exception {
    try (PackagedCommand tail =
        PackagedCommand.start(Map.of(), tail(service.port(), form, "--limit=1", "--for=3s"))) {
      assertThat(tail.exitCode()).isZero();
      assertThat(tail.output()).isEmpty();
      assertThat(tail.errors().lines()).singleElement().asString().contains("connected to");
    }
  }

  /** A connection that has received only pings does not reset the reconnection delay. */
  @Test
  @Execution(CONCURRENT)
  void tailWaitsLongerAfterEachSilentConnection() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      int port =
          await(
                  vertx
                      .createHttpServer()
                      .webSocketHandler(open -> pingAndClose(vertx, open))
                      .listen(0, "127.0.0.1"))
              .actualPort();
      try (PackagedCommand tail = PackagedCommand.start(Map.of(), tail(port))) {
        // The first delay is at most half a second.
        until(
            "a wait is longer than the first may be",
            PackagedCommand.START,
            () -> waits(tail.errors()).stream().anyMatch(seconds -> seconds > 0.5));
        assertThat(tail.output()).isEmpty();
      }
    } finally {
      await(vertx.close());
    }
  }

  private static void pingAndClose(Vertx vertx, ServerWebSocket open) {
    long timer =
        vertx.setPeriodic(
            5,
            tick -> {
              open.writePing(Buffer.buffer());
              open.writePong(Buffer.buffer());
            });
    open.closeHandler(closed -> vertx.cancelTimer(timer));
    vertx.setTimer(100, enough -> open.close((short) 1001));
  }

  private static List<Double> waits(String errors) {
    return WAIT.matcher(errors)
        .results()
        .map((MatchResult wait) -> Double.valueOf(wait.group(1)))
        .toList();
  }

  @Test
  @Execution(CONCURRENT)
  void publishContinuesAfterRedisClosesItsIdleConnection() throws Exception {
    try (TestRedis redis = new TestRedis("timeout 1")) {
      String[] arguments = {
        "publish", "--account=" + account, "--redis=redis://127.0.0.1:" + redis.port()
      };
      Map<String, String> settings = Map.of("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2");
      try (PackagedCommand publish = PackagedCommand.start(settings, arguments)) {
        publish(publish, "first");
        until(
            "it is connected",
            PackagedCommand.START,
            () ->
                RedisWriter.ask(redis.port(), "INFO", "commandstats").contains("cmdstat_publish"));
        awaitEndOfAnIdleConnection(redis.port());
        awaitEndOfAnIdleConnection(redis.port());
        assertThat(publish.printed()).isEmpty();
        publish(publish, "second");
        publish.input().close();
        assertThat(publish.exitCode()).as(publish::errors).isZero();
        assertThat(publish.output()).startsWith("published 2 payloads (2 events)");
      }
    }
  }

  private static void publish(PackagedCommand command, String id) throws Exception {
    command.input().write(("{\"event_id\":\"" + id + "\"}\n").getBytes(StandardCharsets.UTF_8));
    command.input().flush();
  }

  private static void awaitEndOfAnIdleConnection(int port) throws Exception {
    try (Socket idle = new Socket("127.0.0.1", port)) {
      idle.setSoTimeout(60_000);
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  @Execution(CONCURRENT)
  void benchCountsNoPing() throws Exception {
    try (PackagedCommand bench =
        PackagedCommand.start(
            Map.of(),
            "bench",
            "--url=ws://127.0.0.1:" + service.port() + "/2/ws",
            "--redis=redis://127.0.0.1:" + service.redis().port(),
            "--connections=4",
            "--rate=1",
            "--warm-up=0s",
            "--duration=3s",
            "--json",
            "--quiet")) {
      assertThat(bench.exitCode()).as(bench::errors).isZero();
      JsonObject report = new JsonObject(bench.output());
      assertThat(report.getJsonObject("deliveries").getInteger("count")).isEqualTo(12);
      assertThat(report.getJsonObject("faults").encode())
          .isEqualTo("{\"lost\":0,\"duplicated\":0,\"out_of_order\":0,\"wrong\":0}");
    }
  }

  @Test
  @Execution(CONCURRENT)
  void quietDemoPrintsNothingAfterItsGreeting() throws Exception {
    int port = FreePorts.next();
    Map<String, String> settings =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            "" + port,
            PINGS,
            OFTEN,
            "REDIS_DB_ADDRESS__CANARY_INTERVAL",
            OFTEN);
    try (PackagedCommand demo = PackagedCommand.start(settings, "demo", "--quiet")) {
      demo.awaitPrinted("publish --account");
      String greeting = demo.printed();
      assertThat(greeting).containsPattern("curl -N .*/2/events\\?gender=1");
      try (TestSocket client = TestSocket.open(port, DemoEvents.FIRST_ACCOUNT, "")) {
        for (int i = 0; i < 10; i++) {
          client.nextText();
        }
      }
      assertThat(demo.printed()).isEqualTo(greeting);
      assertThat(demo.interrupt().exitCode()).isEqualTo(130);
      assertThat(demo.printed()).isEqualTo(greeting);
    }
  }

  private String[] tail(int port, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add("tail");
    arguments.add("--account=" + account);
    arguments.add("--url=http://127.0.0.1:" + port);
    arguments.add("--ping-interval=20ms");
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }
}
