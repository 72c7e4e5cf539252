package luna.sender;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar, as its users start it. */
final class MainIT {
  private static final String JAR = System.getProperty("luna.sender.jar");

  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();

  /** What a process has said, and how it ended. */
  private record Run(int exitCode, String output) {}

  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void runDeliversAndEndsOnSigtermWith1001() throws Exception {
    int port = freePort();
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
      Process process = start(environment, "run");
      awaitPort(port);
      String account = Service.account();
      until("Redis is connected", () -> output().contains("subscriber-0"));
      TestSocket socket = TestSocket.open(port, account, "gender=1");
      redis.publish(account, payload(event("an event")));
      JsonObject man = event("a man").put("face_attributes", man());
      redis.publish(account, payload(man));
      assertThat(socket.nextEventId()).isEqualTo("a man");
      process.destroy();
      assertThat(socket.closeCode()).isEqualTo(1001);
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(output())
          .contains("Listening", "Going away", "Stopped")
          .doesNotContain("WARN", "ERROR");
    }
  }

  @Test
  void runEndsWithinTheShutdownTimeoutOfItsFileThoughAClientIsMute() throws Exception {
    int port = freePort();
    Path file = directory.resolve("mine.yaml");
    Files.writeString(
        file, "LUNA_SENDER_HTTP_SETTINGS:\n  PORT: " + port + "\n  SHUTDOWN_TIMEOUT: 1\n");
    try (TestRedis redis = new TestRedis()) {
      Process process =
          start(
              Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())),
              "run",
              "--config",
              file.toString());
      awaitPort(port);
      until("Redis is connected", () -> output().contains("subscriber-0"));
      try (RawSocket mute = new RawSocket(port, Service.account())) {
        long start = System.nanoTime();
        process.destroy();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        // The default is 10 s.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
        assertThat(mute.nextButPing().closeCode()).isEqualTo(1001);
      }
      assertNothingIsLeft();
    }
  }

  @Test
  void nodeWithFewFileDescriptorsAnswersEverybodyAndLogsLittle() throws Exception {
    int port = freePort();
    List<AutoCloseable> open = new ArrayList<>();
    try (TestRedis redis = new TestRedis()) {
      Map<String, String> environment =
          Map.of(
              "LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port),
              "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
      Process process =
          start(List.of("bash", "-c", "ulimit -n 200; exec \"$@\"", "-"), environment, "run");
      awaitPort(port);
      until("Redis is connected", () -> output().contains("subscriber-0"));
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
      assertThat(process.isAlive()).isTrue();
      assertThat(output()).contains("Limits reached").doesNotContain("ERROR", "\tat ");
      assertThat(output().lines()).hasSizeLessThan(30);
    }
  }

  /** The status of the answer, or 0 where the connection was closed without one. */
  private static int status(int port, String request) {
    try {
      return RawHttp.exchange(port, request).status();
    } catch (UncheckedIOException closed) {
      return 0;
    }
  }

  @Test
  void redisThatRefusesThePasswordIsAWarningWithoutIt() throws Exception {
    int port = freePort();
    try (TestRedis redis = new TestRedis()) {
      redis.command("CONFIG", "SET", "requirepass", "right");
      start(
          Map.of(
              "LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port),
              "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()),
              "REDIS_DB_ADDRESS__PASSWORD", "s3cret"),
          "run");
      awaitPort(port);
      until("the refusal is told", () -> output().contains("WRONGPASS"));
      assertThat(output()).contains("WARN", "Redis is away").doesNotContain("s3cret", "ERROR");
      assertThat(
              TestSocket.refused(port, "/2/ws", Map.of("Luna-Account-Id", Service.account()))
                  .getStatus())
          .isEqualTo(503);
    }
  }

  @Test
  void demoShowsEventsAndLeavesNoProcess() throws Exception {
    int port = freePort();
    Process process = start(Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port), "demo");
    until("the greeting and an event are on the screen", () -> output().contains("  age "));
    assertThat(output())
        .contains("http://127.0.0.1:" + port + "/docs/spec", "npx -y wscat -H \"Luna-Account-Id: ")
        .contains("Luna Sender listens on 127.0.0.1:" + port)
        .doesNotContain("WARN", "ERROR");
    TestSocket socket = TestSocket.open(port, "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", "gender=1");
    assertThat(socket.next().getJsonObject("event").getJsonObject("face_attributes").encode())
        .contains("\"gender\":1");
    List<ProcessHandle> children = process.descendants().toList();
    assertThat(children).isNotEmpty();
    // As Ctrl-C does.
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    for (ProcessHandle child : children) {
      child.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertNothingIsLeft();
  }

  @Test
  void demoPrintsALineThatPublishesAnEventOfTheUsersOwn() throws Exception {
    int port = freePort();
    int redisPort = freePort();
    start(
        Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port), "demo", "--redis-port=" + redisPort);
    until("the greeting is on the screen", () -> output().contains("publish --account"));
    assertThat(output()).contains("Redis of its own on port " + redisPort);
    String[] lines = output().lines().map(String::strip).toArray(String[]::new);
    int line = 0;
    while (!lines[line].startsWith("echo ")) {
      line++;
    }
    TestSocket socket =
        TestSocket.open(
            port, "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", "gender=1&sources=my%20camera");
    // With the JVM of this test: there need not be another on the PATH.
    String command =
        lines[line].replace("java -jar", System.getProperty("java.home") + "/bin/java -jar");
    Process publish = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    started.add(publish);
    assertThat(socket.next().getJsonObject("event").getString("source")).isEqualTo("my camera");
    until("it is on the screen", () -> output().contains("my camera  age 42"));
  }

  @Test
  void demoWithTokensPrintsOneThatOpensTheAccount() throws Exception {
    int port = freePort();
    start(
        Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + port, "LUNA_SENDER_AUTH__MODE", "jwt"),
        "demo");
    awaitTokenOfDemo(port);
  }

  private void awaitTokenOfDemo(int port) throws IOException {
    until("the greeting and an event are on the screen", () -> output().contains("  age "));
    String token =
        output()
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
  void demoWithTheSecretInAFilePrintsATokenThatOpensTheAccount() throws Exception {
    int port = freePort();
    Path secret = Files.writeString(directory.resolve("secret"), "5".repeat(40) + "\n");
    start(
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            "" + port,
            "LUNA_SENDER_AUTH__MODE",
            "jwt",
            "LUNA_SENDER_AUTH__SECRET_FILE",
            secret.toString()),
        "demo");
    awaitTokenOfDemo(port);
  }

  @Test
  void demoWithoutATemporaryDirectoryNamesIt() throws Exception {
    Path missing = directory.resolve("temporary");
    Process process =
        start(
            List.of("bash", "-c", "rmdir \"$0\" && exec \"$@\"", missing.toString()),
            Map.of(),
            "demo");
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(output().strip())
        .isEqualTo(
            "luna-sender: java.io.tmpdir: "
                + missing
                + " (expected: a directory in which files can be created)");
  }

  @Test
  void demoWithThePortTakenSaysSoInOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      Run run = run(Map.of("LUNA_SENDER_HTTP_SETTINGS__PORT", "" + taken.getLocalPort()), "demo");
      assertThat(run.exitCode).isEqualTo(1);
      assertThat(run.output.lines())
          .singleElement()
          .asString()
          .contains("port " + taken.getLocalPort() + " is taken");
      assertNothingIsLeft();
    }
  }

  @Test
  void checkConfigPrintsWhatIsInEffectWithSecretsMasked() throws Exception {
    Path file = directory.resolve("mine.yaml");
    Files.writeString(file, "REDIS_DB_ADDRESS:\n  HOST: redis\n  PASSWORD: s3cret\n");
    Run run =
        run(Map.of("REDIS_DB_ADDRESS__NUMBER", "3"), "check-config", "--config", file.toString());
    assertThat(run.exitCode).isZero();
    JsonObject redis = new JsonObject(run.output).getJsonObject("REDIS_DB_ADDRESS");
    assertThat(redis.getString("HOST")).isEqualTo("redis");
    assertThat(redis.getInteger("NUMBER")).isEqualTo(3);
    assertThat(redis.getString("PASSWORD")).isEqualTo("********");
    assertThat(run.output).doesNotContain("s3cret");
  }

  @Test
  void badConfigurationStopsTheStartWithTheKeysPath() throws Exception {
    Run run = run(Map.of("REDIS_DB_ADDRESS__PORT", "redis"), "run");
    assertThat(run.exitCode).isEqualTo(1);
    assertThat(run.output.strip())
        .isEqualTo("luna-sender: REDIS_DB_ADDRESS.PORT: \"redis\" (expected: an integer)");
  }

  @Test
  void helpAndVersionAreThere() throws Exception {
    Run help = run(Map.of(), "--help");
    assertThat(help.exitCode).isZero();
    assertThat(help.output).contains("run", "demo", "bench", "check-config", "--config");
    Run version = run(Map.of(), "--version");
    assertThat(version.exitCode).isZero();
    assertThat(version.output.strip()).matches("luna-sender \\d+\\.\\d+\\.\\d+");
    assertThat(run(Map.of(), "--nonsense").exitCode).isEqualTo(2);
  }

  private Run run(Map<String, String> environment, String... arguments) throws Exception {
    Process process = start(environment, arguments);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), output());
  }

  private Process start(Map<String, String> environment, String... arguments) throws IOException {
    return start(List.of(), environment, arguments);
  }

  private Process start(List<String> shell, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(shell);
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("temporary")));
    command.add("-jar");
    command.add(JAR);
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** No redis-server's directory, no unpacked executable, no cache. */
  private void assertNothingIsLeft() {
    assertThat(directory.resolve("temporary")).isEmptyDirectory();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"), StandardCharsets.UTF_8);
  }

  private static void awaitPort(int port) {
    until(
        "the port is open",
        () -> {
          try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
          } catch (IOException notYet) {
            return false;
          }
        });
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static JsonObject man() {
    return new JsonObject().put("basic_attributes", new JsonObject().put("gender", 1));
  }
}
