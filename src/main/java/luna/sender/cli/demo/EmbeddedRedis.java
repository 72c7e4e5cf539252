package luna.sender.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * A redis-server child process on 127.0.0.1 without persistence.
 *
 * <p>Shape: its temporary working directory contains its configuration and log. When the JVM exits,
 * it kills its servers, unless it is killed with SIGKILL itself.
 *
 * <p>Errors: if the server is not ready within 10 s, throws an {@link IllegalStateException} with
 * the server's output.
 *
 * <p>Owner: thread-safe; the code that starts it must close it.
 */
public final class EmbeddedRedis implements AutoCloseable {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration EXIT_GRACE = Duration.ofSeconds(2);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(10);
  private static final Duration PING_TIMEOUT = Duration.ofSeconds(1);
  private static final int PORT_ATTEMPTS = 20;
  private static final String READY_LINE = "Ready to accept connections";
  private static final String PORT_TAKEN_LINE = "TCP listening socket";

  private static final Set<EmbeddedRedis> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(EmbeddedRedis::killAll, "embedded-redis-exit"));
  }

  private final int port;
  private final Path directory;
  private final Process process;

  private EmbeddedRedis(int port, Path directory, Process process) {
    this.port = port;
    this.directory = directory;
    this.process = process;
  }

  /** Starts a server on a free port. */
  public static EmbeddedRedis start() {
    return start(0);
  }

  /**
   * Starts a server on {@code port}, or on a free one if that is 0.
   *
   * @param extraDirectives lines of redis.conf, with or without a leading {@code --}; they cannot
   *     override the settings of this class
   */
  public static EmbeddedRedis start(int port, String... extraDirectives) {
    return port == 0
        ? startOnFreePort(EmbeddedRedis::anyPort, extraDirectives)
        : start(RedisExecutable.path(), port, List.of(extraDirectives));
  }

  static EmbeddedRedis startOnFreePort(IntSupplier candidates, String... extraDirectives) {
    for (int attempt = 1; ; attempt++) {
      try {
        return start(RedisExecutable.path(), candidates.getAsInt(), List.of(extraDirectives));
      } catch (PortTakenException e) {
        if (attempt == PORT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  static EmbeddedRedis start(Path executable, int port, List<String> extraDirectives) {
    EmbeddedRedis redis = launch(executable, port, extraDirectives);
    RUNNING.add(redis);
    try {
      redis.awaitReady();
      return redis;
    } catch (RuntimeException e) {
      redis.kill();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  Path directory() {
    return directory;
  }

  /** Stops the server and deletes its directory. Kills it if it does not stop in time. */
  @Override
  public synchronized void close() {
    process.destroy();
    if (!exitsWithin(STOP_TIMEOUT)) {
      process.destroyForcibly();
    }
    clean();
  }

  /** Kills the server (SIGKILL), as a crash would, and deletes its directory. */
  public synchronized void kill() {
    process.destroyForcibly();
    clean();
  }

  private void clean() {
    exitsWithin(STOP_TIMEOUT);
    RUNNING.remove(this);
    delete(directory);
  }

  // An orderly shutdown, which runs at the same time, may still use a server. Give it a moment to
  // close the server itself.
  private static void killAll() {
    long deadline = System.nanoTime() + EXIT_GRACE.toNanos();
    for (EmbeddedRedis redis : RUNNING) {
      redis.exitsWithin(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      redis.kill();
    }
  }

  // Below the ephemeral port range (32768 and up). In that range, a client that reconnects to a
  // stopped server can connect to itself and occupy the server's port.
  private static int anyPort() {
    return ThreadLocalRandom.current().nextInt(20_000, 32_000);
  }

  private static EmbeddedRedis launch(Path executable, int port, List<String> extraDirectives) {
    Path directory = newDirectory();
    try {
      Files.write(directory.resolve("redis.conf"), configuration(port, extraDirectives));
      Process process =
          new ProcessBuilder(executable.toString(), "redis.conf")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("redis.log").toFile())
              .start();
      return new EmbeddedRedis(port, directory, process);
    } catch (IOException e) {
      delete(directory);
      throw new UncheckedIOException(
          "redis-server: " + executable + " does not run (" + RedisExecutable.ADVICE + ")", e);
    }
  }

  // The last line for a directive wins.
  private static List<String> configuration(int port, List<String> extraDirectives) {
    List<String> lines = new ArrayList<>();
    for (String directive : extraDirectives) {
      lines.add(directive.startsWith("--") ? directive.substring(2) : directive);
    }
    lines.addAll(
        List.of(
            "bind 127.0.0.1",
            "port " + port,
            "daemonize no",
            "logfile \"\"",
            "loglevel notice",
            "save \"\"",
            "appendonly no"));
    return lines;
  }

  // Check the log line first: if the port is in use, another server would answer the PING.
  private void awaitReady() {
    long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
    while (!exitsWithin(POLL_INTERVAL)) {
      if (log().contains(READY_LINE) && answersPing()) {
        return;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException(failure("interrupted while it started"));
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            failure("not ready after " + READY_TIMEOUT.toSeconds() + " s"));
      }
    }
    if (log().contains(PORT_TAKEN_LINE)) {
      throw new PortTakenException(failure("cannot listen"));
    }
    throw new IllegalStateException(failure("exited with status " + process.exitValue()));
  }

  private String failure(String what) {
    String log = log();
    boolean libraryMissing = log.contains("shared librar") || log.contains("Library not loaded");
    String advice =
        libraryMissing ? "; install the library named below, or " + RedisExecutable.ADVICE : "";
    return "redis-server: %s (expected: answers on 127.0.0.1:%d%s)%n%s"
        .formatted(what, port, advice, log.strip());
  }

  // A server that requires a password is ready, too.
  private boolean answersPing() {
    try (Socket socket = new Socket()) {
      int timeoutMillis = (int) PING_TIMEOUT.toMillis();
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
          timeoutMillis);
      socket.setSoTimeout(timeoutMillis);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream answer = socket.getInputStream();
      String start = new String(answer.readNBytes(5), StandardCharsets.US_ASCII);
      return start.equals("+PONG") || start.equals("-NOAU") || start.equals("-NOPE");
    } catch (IOException e) {
      return false;
    }
  }

  private boolean exitsWithin(Duration timeout) {
    try {
      return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private String log() {
    try {
      return new String(Files.readAllBytes(directory.resolve("redis.log")), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("luna-sender-redis-");
    } catch (IOException e) {
      throw new UncheckedIOException(RedisExecutable.noTemporaryDirectory(), e);
    }
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another process listens on the port. */
  private static final class PortTakenException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    PortTakenException(String message) {
      super(message);
    }
  }
}
