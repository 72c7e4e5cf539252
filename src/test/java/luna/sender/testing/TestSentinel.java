package luna.sender.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real Sentinel that watches one master, by the packed executable. */
public final class TestSentinel implements AutoCloseable {
  private final int port;
  private final Process process;
  private final Path directory;

  /** With lines for its configuration. */
  public TestSentinel(String masterName, int masterPort, String... directives) throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    directory = Files.createTempDirectory("luna-sender-sentinel-");
    Path file = directory.resolve("sentinel.conf");
    List<String> lines = new ArrayList<>(List.of(directives));
    lines.addAll(
        List.of(
            "port " + port,
            "bind 127.0.0.1",
            "sentinel monitor " + masterName + " 127.0.0.1 " + masterPort + " 1",
            "sentinel down-after-milliseconds " + masterName + " 500",
            "sentinel failover-timeout " + masterName + " 2000"));
    Files.write(file, lines);
    process =
        new ProcessBuilder(RedisExecutable.path().toString(), file.toString(), "--sentinel")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    Awaitility.await("the sentinel listens").until(this::listens);
  }

  public int port() {
    return port;
  }

  /** What it knows of its masters, as text. */
  public String info() throws IOException {
    return ask("INFO sentinel");
  }

  /** What it answers to a command, as it comes. */
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
