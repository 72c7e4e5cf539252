package luna.sender.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import luna.sender.cli.demo.RedisExecutable;

/**
 * A real Sentinel that watches one master, run by the packed executable.
 *
 * <p>How: it replaces the master when a test asks for it. If it decided that itself, it would
 * replace masters that only seem to be down because the machine is busy.
 */
public final class TestSentinel implements AutoCloseable {
  private static final Duration NEVER_DOWN = Duration.ofMinutes(10);

  private final String masterName;
  private final int port;
  private final Process process;
  private final Path directory;

  /** Starts it with additional lines of its configuration. */
  public TestSentinel(String masterName, int masterPort, String... directives) throws IOException {
    this(masterName, masterPort, NEVER_DOWN, directives);
  }

  /**
   * Starts it with additional lines of its configuration.
   *
   * @param downAfter how long the master must be silent before a failover that no test has asked
   *     for
   */
  public TestSentinel(String masterName, int masterPort, Duration downAfter, String... directives)
      throws IOException {
    this.masterName = masterName;
    port = FreePorts.next();
    directory = Files.createTempDirectory("luna-sender-sentinel-");
    Path file = directory.resolve("sentinel.conf");
    List<String> lines = new ArrayList<>(List.of(directives));
    lines.addAll(
        List.of(
            "port " + port,
            "bind 127.0.0.1",
            "sentinel monitor " + masterName + " 127.0.0.1 " + masterPort + " 1",
            "sentinel down-after-milliseconds " + masterName + " " + downAfter.toMillis(),
            "sentinel failover-timeout " + masterName + " 2000"));
    Files.write(file, lines);
    process =
        new ProcessBuilder(RedisExecutable.path().toString(), file.toString(), "--sentinel")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    until("the Sentinel listens", this::listens);
  }

  public int port() {
    return port;
  }

  /** Returns the settings of a service that finds its master through this Sentinel only. */
  public Map<String, String> settings() {
    return Map.of(
        "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
        masterName,
        "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
        "127.0.0.1:" + port);
  }

  /** The same with further settings, in pairs of key and value. */
  public Map<String, String> settings(String... more) {
    Map<String, String> settings = new HashMap<>(settings());
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return settings;
  }

  /** Replaces the master, which can be dead or silent. Waits until the Sentinel names another. */
  public void failOver() {
    int old = masterPort();
    until("the failover begins", () -> ask("SENTINEL FAILOVER " + masterName).startsWith("+OK"));
    until("the replica is promoted", () -> masterPort() != old);
  }

  /** Lets it demote a former master after 3 s instead of 10 s. Redis 6.2 has no command for it. */
  public void demoteEarly() throws IOException {
    ask("SENTINEL DEBUG INFO-PERIOD 500 PUBLISH-PERIOD 600");
  }

  /** Names another master from now on, without a failover. */
  public void name(TestRedis master) throws IOException {
    assertThat(ask("SENTINEL REMOVE " + masterName)).startsWith("+OK");
    assertThat(ask("SENTINEL MONITOR " + masterName + " 127.0.0.1 " + master.port() + " 1"))
        .startsWith("+OK");
  }

  /** Returns the port of the master that it names. */
  public int masterPort() {
    try {
      String[] lines = ask("SENTINEL GET-MASTER-ADDR-BY-NAME " + masterName).split("\r\n");
      return Integer.parseInt(lines[4]);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Returns its state of the masters, as text. */
  public String info() throws IOException {
    return ask("INFO sentinel");
  }

  /** Returns the raw answer to a command. */
  public String ask(String command) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
