package luna.sender.cli;

import static luna.sender.testing.PackagedCommand.STALLED_ERRORS;
import static luna.sender.testing.PackagedCommand.STALLED_OUTPUT;
import static luna.sender.testing.PackagedCommand.START;
import static luna.sender.testing.PackagedCommand.UNREAD_OUTPUT;
import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import luna.sender.cli.demo.DemoEvents;
import luna.sender.testing.FreePorts;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests commands of the packaged jar whose standard output or standard error nobody reads. */
final class StalledOutputIT {
  private static final int EVENTS = 2000;

  /** Each of these events is one line on the demo's screen. */
  private static final String SOURCE = "x".repeat(600);

  @RegisterExtension final Service service = new Service();

  private final String account = Service.account();

  @ParameterizedTest
  @ValueSource(strings = {UNREAD_OUTPUT, STALLED_OUTPUT})
  void demoWithAStalledOutputDeliversAndEnds(String script) throws Exception {
    int port = FreePorts.next();
    int redisPort = FreePorts.next();
    Map<String, String> settings =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            "" + port,
            // A demo that waits for its output would take this long to stop.
            "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT",
            "60");
    try (PackagedCommand demo =
        PackagedCommand.startBy(script, settings, "demo", "--redis-port=" + redisPort)) {
      until(
          "it watches itself",
          START,
          () -> metrics(port).contains("\nluna_sender_connections 1.0\n"));
      TestSocket client = TestSocket.open(port, DemoEvents.FIRST_ACCOUNT, "sources=" + SOURCE);
      TestSocket others = TestSocket.open(port, DemoEvents.FIRST_ACCOUNT, "");
      try (RedisWriter redis = new RedisWriter(redisPort)) {
        for (int i = 0; i < EVENTS; i++) {
          JsonObject man = with(event("e" + i), "source", SOURCE);
          with(man, "face_attributes.basic_attributes.gender", 1);
          redis.publish("luna-sender:" + DemoEvents.FIRST_ACCOUNT, payload(man));
        }
      }
      for (int i = 0; i < EVENTS; i++) {
        assertThat(client.nextEventId()).isEqualTo("e" + i);
      }
      String ownEvent = others.nextText();
      while (ownEvent.contains(SOURCE)) {
        ownEvent = others.nextText();
      }
      assertThat(metrics(port)).contains("\nluna_sender_connections 3.0\n");
      List<ProcessHandle> children = demo.process().descendants().toList();
      assertThat(children).isNotEmpty();
      demo.interrupt().exitCode();
      until("its Redis has ended", () -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
  }

  @Test
  void tailWithStalledErrorsPrintsEventsAndEnds() throws Exception {
    try (PackagedCommand tail = PackagedCommand.startBy(STALLED_ERRORS, Map.of(), tail())) {
      publishUntilReceived("one");
      until("it is printed", () -> tail.output().contains("\"one\""));
      tail.terminate().exitCode();
    }
  }

  @Test
  void tailWithAStalledOutputEnds() throws Exception {
    try (PackagedCommand tail = PackagedCommand.startBy(STALLED_OUTPUT, Map.of(), tail())) {
      tail.awaitPrinted("connected to");
      publishUntilReceived("one");
      tail.terminate().exitCode();
    }
  }

  @Test
  void waitingPublishWithStalledErrorsEnds() throws Exception {
    Map<String, String> settings = Map.of("REDIS_DB_ADDRESS__COMMAND_TIMEOUT", "60");
    try (PackagedCommand publish = PackagedCommand.startBy(STALLED_ERRORS, settings, publish())) {
      TestSocket client = service.open(account, "");
      publish.input().write("{\"event_id\":\"one\"}\n".getBytes(StandardCharsets.UTF_8));
      publish.input().flush();
      assertThat(client.nextEventId()).isEqualTo("one");
      service.expectWarning("Redis");
      service.expectWarning("Gap closed");
      signalRedis("STOP");
      try {
        publish.input().write("{\"event_id\":\"two\"}\n".getBytes(StandardCharsets.UTF_8));
        publish.input().flush();
        publish.terminate().exitCode();
      } finally {
        signalRedis("CONT");
      }
    }
  }

  @Test
  void benchWithStalledErrorsMeasuresAndReports() throws Exception {
    try (PackagedCommand bench =
        PackagedCommand.startBy(
            STALLED_ERRORS,
            Map.of(),
            "bench",
            "--url=ws://127.0.0.1:" + service.port() + "/2/ws",
            "--redis=redis://127.0.0.1:" + service.redis().port(),
            "--connections=2",
            "--rate=20",
            "--warm-up=0s",
            "--duration=2s",
            "--json")) {
      assertThat(bench.exitCode()).isZero();
      assertThat(new JsonObject(bench.output()).getJsonObject("deliveries").getInteger("count"))
          .isEqualTo(80);
    }
  }

  private String[] tail() {
    return new String[] {
      "tail", "--account=" + account, "--url=http://127.0.0.1:" + service.port(), "--json"
    };
  }

  private String[] publish() {
    return new String[] {
      "publish", "--account=" + account, "--redis=redis://127.0.0.1:" + service.redis().port()
    };
  }

  private void publishUntilReceived(String id) {
    until(
        "a client is there",
        START,
        () -> service.redis().publish(account, payload(event(id))) == 1);
  }

  private void signalRedis(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(service.redis().pid())).start().waitFor();
  }

  private static String metrics(int port) {
    try {
      return RawHttp.exchange(port, get("/metrics")).text();
    } catch (UncheckedIOException notYet) {
      return "";
    }
  }
}
