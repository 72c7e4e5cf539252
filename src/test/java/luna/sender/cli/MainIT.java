package luna.sender.cli;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.FreePorts;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the packaged jar, started as its users start it. */
final class MainIT {
  @TempDir Path directory;

  private final List<PackagedCommand> started = new ArrayList<>();

  @AfterEach
  void endAll() throws Exception {
    for (PackagedCommand command : started) {
      command.close();
    }
  }

  @Test
  void runDeliversAndClosesWith1001OnSigterm() throws Exception {
    int port = FreePorts.next();
    try (TestRedis redis = new TestRedis()) {
      Map<String, String> environment =
          Map.of(
              "LUNA_SENDER_HTTP_SETTINGS__HOST",
              "127.0.0.1",
              "LUNA_SENDER_HTTP_SETTINGS__PORT",
              Integer.toString(port),
              "REDIS_DB_ADDRESS__HOST",
              "127.0.0.1",
              "REDIS_DB_ADDRESS__PORT",
              Integer.toString(redis.port()));
      PackagedCommand command = start(environment, "run");
      command.awaitPrinted("subscriber-0").awaitPrinted("Listening");
      String account = Service.account();
      TestSocket socket = TestSocket.open(port, account, "gender=1");
      redis.publish(account, payload(event("an event")));
      JsonObject man = event("a man").put("face_attributes", man());
      redis.publish(account, payload(man));
      assertThat(socket.nextEventId()).isEqualTo("a man");
      command.terminate();
      assertThat(socket.closeCode()).isEqualTo(1001);
      command.exitCode();
      assertThat(command.printed())
          .contains("Listening", "Shutting down", "Stopped")
          .doesNotContain("WARN", "ERROR");
    }
  }

  @Test
  void runEndsWithinTheShutdownTimeoutDespiteASilentClient() throws Exception {
    int port = FreePorts.next();
    Path file = directory.resolve("mine.yaml");
    Files.writeString(
        file,
        "LUNA_SENDER_HTTP_SETTINGS:\n  PORT: "
            + port
            + "\n  SHUTDOWN_TIMEOUT: 1\nLUNA_SENDER_WS_SETTINGS:\n  CLOSE_TIMEOUT: 60\n");
    try (TestRedis redis = new TestRedis()) {
      PackagedCommand command =
          start(
              Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())),
              "run",
              "--config",
              file.toString());
      command.awaitPrinted("subscriber-0").awaitPrinted("Listening");
      try (RawSocket mute = new RawSocket(port, Service.account())) {
        long start = System.nanoTime();
        command.terminate();
        command.exitCode();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
        assertThat(mute.nextButPing().closeCode()).isEqualTo(1001);
      }
      assertNothingIsLeft(command);
    }
  }

  @Test
  void nodeWithFewFileDescriptorsAnswersAllAndLogsLittle() throws Exception {
    int port = FreePorts.next();
    List<AutoCloseable> open = new ArrayList<>();
    try (TestRedis redis = new TestRedis()) {
      Map<String, String> environment =
          Map.of(
              "LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port),
              "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
      PackagedCommand command =
          keep(PackagedCommand.startBy("ulimit -n 200; exec \"$@\"", environment, "run"));
      command.awaitPrinted("subscriber-0").awaitPrinted("Listening");
      String account = Service.account();
      TestSocket first = TestSocket.open(port, account, "");
      int refused = 0;
      for (int i = 0; i < 300; i++) {
        RawHttp client = RawHttp.connect(port);
        open.add(client);
        int status = client.send(get("/2/ws", handshake(account))).answer().status();
        assertThat(status).isIn(101, 503);
        refused += status == 503 ? 1 : 0;
      }
      assertThat(refused).isBetween(150, 290);
      for (int i = 0; i < 300; i++) {
        open.add(RawHttp.connect(port));
      }
      until("it answers in the crowd", () -> status(port, get("/readyz")) == 200);
      assertThat(status(port, get("/2/ws", handshake(account)))).isEqualTo(503);
      redis.publish(account, payload(event("to those who are in")));
      assertThat(first.nextEventId()).isEqualTo("to those who are in");
      for (AutoCloseable connection : open) {
        connection.close();
      }
      until("it serves again", () -> status(port, get("/2/ws", handshake(account))) == 101);
      assertThat(command.process().isAlive()).isTrue();
      assertThat(command.printed()).contains("Limit exceeded").doesNotContain("ERROR", "\tat ");
      assertThat(command.printed().lines()).hasSizeLessThan(30);
    }
  }

  /** Returns the status of the response, or 0 if the connection was closed without one. */
  private static int status(int port, String request) {
    try {
      return RawHttp.exchange(port, request).status();
    } catch (UncheckedIOException closed) {
      return 0;
    }
  }

  @Test
  void wrongRedisPasswordIsLoggedWithoutThePassword() throws Exception {
    int port = FreePorts.next();
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "right");
      PackagedCommand command =
          start(
              Map.of(
                  "LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port),
                  "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()),
                  "REDIS_DB_ADDRESS__PASSWORD", "s3cret"),
              "run");
      command.awaitPrinted("WRONGPASS");
      until("it listens", () -> status(port, get("/livez")) == 200);
      assertThat(command.printed())
          .contains("WARN", "Redis is unavailable")
          .doesNotContain("s3cret", "ERROR");
      assertThat(
              TestSocket.refused(port, "/2/ws", Map.of("Luna-Account-Id", Service.account()))
                  .getStatus())
          .isEqualTo(503);
    }
  }

  @Test
  void demoShowsEventsAndLeavesNoProcess() throws Exception {
    int port = FreePorts.next();
    PackagedCommand command = start(Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port), "demo");
    command.awaitPrinted("  age ");
    assertThat(command.printed())
        .contains("http://127.0.0.1:" + port + "/docs/spec", "npx -y wscat -H \"Luna-Account-Id: ")
        .contains("Luna Sender listens on 127.0.0.1:" + port)
        .doesNotContain("WARN", "ERROR");
    TestSocket socket = TestSocket.open(port, "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", "gender=1");
    assertThat(socket.next().getJsonObject("event").getJsonObject("face_attributes").encode())
        .contains("\"gender\":1");
    List<ProcessHandle> children = command.process().descendants().toList();
    assertThat(children).isNotEmpty();
    // Like Ctrl-C.
    command.interrupt().exitCode();
    for (ProcessHandle child : children) {
      child.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertNothingIsLeft(command);
  }

  @Test
  void demoPrintsACommandThatPublishesAnEvent() throws Exception {
    int port = FreePorts.next();
    int redisPort = FreePorts.next();
    PackagedCommand command =
        start(
            Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port),
            "demo",
            "--redis-port=" + redisPort);
    command.awaitPrinted("publish --account");
    assertThat(command.printed()).contains("Redis of its own on port " + redisPort);
    String[] lines = command.printed().lines().map(String::strip).toArray(String[]::new);
    int line = 0;
    while (!lines[line].startsWith("echo ")) {
      line++;
    }
    TestSocket socket =
        TestSocket.open(
            port, "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", "gender=1&sources=my%20camera");
    // With the JVM of this test, because there may be no other on the PATH.
    String printed =
        lines[line].replace("java -jar", System.getProperty("java.home") + "/bin/java -jar");
    PackagedCommand publish = keep(PackagedCommand.startBy(printed, Map.of()));
    assertThat(publish.exitCode()).as(publish::printed).isZero();
    assertThat(socket.next().getJsonObject("event").getString("source")).isEqualTo("my camera");
    command.awaitPrinted("my camera  age 42");
  }

  @Test
  void demoWithTokensPrintsAValidToken() throws Exception {
    int port = FreePorts.next();
    Map<String, String> settings =
        Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port, "LUNA_SENDER_AUTH__MODE", "jwt");
    assertTokenOpensTheAccount(start(settings, "demo"), port);
  }

  private static void assertTokenOpensTheAccount(PackagedCommand demo, int port) {
    demo.awaitPrinted("  age ");
    String token =
        demo.output()
            .lines()
            .map(String::strip)
            .filter(line -> line.matches("eyJ[A-Za-z0-9_.-]+"))
            .findFirst()
            .orElseThrow();
    String account = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
    assertThat(status(port, get("/2/ws", handshake(account)))).isEqualTo(401);
    assertThat(status(port, get("/2/ws", handshake(account, "Authorization: Bearer " + token))))
        .isEqualTo(101);
  }

  @Test
  void demoWithASecretFilePrintsAValidToken() throws Exception {
    int port = FreePorts.next();
    Path secret = Files.writeString(directory.resolve("secret"), "5".repeat(40) + "\n");
    Map<String, String> settings =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            "" + port,
            "LUNA_SENDER_AUTH__MODE",
            "jwt",
            "LUNA_SENDER_AUTH__SECRET_FILE",
            secret.toString());
    assertTokenOpensTheAccount(start(settings, "demo"), port);
  }

  @Test
  void demoReportsAMissingTemporaryDirectory() throws Exception {
    PackagedCommand command =
        keep(PackagedCommand.startBy("rmdir \"$0/temporary\" && exec \"$@\"", Map.of(), "demo"));
    assertThat(command.exitCode()).isEqualTo(1);
    assertThat(command.printed().strip())
        .isEqualTo(
            "luna-sender: java.io.tmpdir: "
                + command.temporary()
                + " (expected: a directory in which files can be created)");
  }

  @Test
  void demoReportsATakenPortInOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      PackagedCommand run =
          run(Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + taken.getLocalPort()), "demo");
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.printed().lines())
          .singleElement()
          .asString()
          .contains("port " + taken.getLocalPort() + " is in use");
      assertNothingIsLeft(run);
    }
  }

  @Test
  void checkConfigPrintsTheEffectiveConfigurationWithMaskedSecrets() throws Exception {
    Path file = directory.resolve("mine.yaml");
    Files.writeString(file, "REDIS_DB_ADDRESS:\n  HOST: redis\n  PASSWORD: s3cret\n");
    PackagedCommand run =
        run(Map.of("REDIS_DB_ADDRESS__NUMBER", "3"), "check-config", "--config", file.toString());
    assertThat(run.exitCode()).isZero();
    JsonObject redis = new JsonObject(run.printed()).getJsonObject("REDIS_DB_ADDRESS");
    assertThat(redis.getString("HOST")).isEqualTo("redis");
    assertThat(redis.getInteger("NUMBER")).isEqualTo(3);
    assertThat(redis.getString("PASSWORD")).isEqualTo("********");
    assertThat(run.printed()).doesNotContain("s3cret");
  }

  @Test
  void invalidConfigurationStopsTheStartWithTheKeysPath() throws Exception {
    PackagedCommand run = run(Map.of("REDIS_DB_ADDRESS__PORT", "redis"), "run");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.printed().strip())
        .isEqualTo("luna-sender: REDIS_DB_ADDRESS.PORT: \"redis\" (expected: an integer)");
  }

  @Test
  void helpAndVersionArePrinted() throws Exception {
    PackagedCommand help = run(Map.of(), "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.printed()).contains("run", "demo", "bench", "check-config", "--config");
    PackagedCommand version = run(Map.of(), "--version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.printed().strip()).matches("luna-sender \\d+\\.\\d+\\.\\d+");
    assertThat(run(Map.of(), "--nonsense").exitCode()).isEqualTo(2);
  }

  /** Runs the command to its end. */
  private PackagedCommand run(Map<String, String> environment, String... arguments)
      throws Exception {
    PackagedCommand ended = start(environment, arguments);
    ended.exitCode();
    return ended;
  }

  private PackagedCommand start(Map<String, String> environment, String... arguments)
      throws IOException {
    return keep(PackagedCommand.start(environment, arguments));
  }

  /** Makes the test end the process. */
  private PackagedCommand keep(PackagedCommand running) {
    started.add(running);
    return running;
  }

  /** Asserts that no redis-server directory, unpacked executable or cache is left. */
  private static void assertNothingIsLeft(PackagedCommand ended) {
    assertThat(ended.temporary()).isEmptyDirectory();
  }

  private static JsonObject man() {
    return new JsonObject().put("basic_attributes", new JsonObject().put("gender", 1));
  }
}
