package luna.sender.testing;

import static luna.sender.testing.Waiting.until;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A command of the packaged jar in its own process, as its users start it.
 *
 * <p>Shape: standard output and standard error are written to files, unless a shell script
 * redirects them; temporary files are in their own directory.
 */
public final class PackagedCommand implements AutoCloseable {
  /** The process has both ends of the pipe, so a write blocks and does not fail. */
  private static final String PIPE = "mkfifo \"$0/pipe\" && exec 3<>\"$0/pipe\" && ";

  private static final String FULL_PIPE =
      PIPE + "{ dd if=/dev/zero of=\"$0/pipe\" bs=4096 oflag=nonblock 2>\"$0/dd\"; true; } && ";

  /** A script for a process whose standard output is a pipe that nobody reads. */
  public static final String UNREAD_OUTPUT = PIPE + "exec \"$@\" >&3";

  /** The same with a full pipe. */
  public static final String STALLED_OUTPUT = FULL_PIPE + "exec \"$@\" >&3";

  /** The same for standard error. */
  public static final String STALLED_ERRORS = FULL_PIPE + "exec \"$@\" 2>&3";

  /**
   * JVM options for a fast start, which the distribution's script uses for short commands. Tests of
   * speed or memory do not use them.
   */
  public static final String[] FAST_START = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"};

  /** Tests are not faster by it. */
  static final String WARM_UP = "LUNA_SENDER_HTTP_SETTINGS__WARM_UP";

  /** A JVM on two busy cores needs about 20 s to start. */
  public static final Duration START = Duration.ofMinutes(1);

  private static final Duration END = Duration.ofMinutes(1);
  private static final String PLAIN = "exec \"$@\"";

  private final Path directory;
  private final Process process;

  private PackagedCommand(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  public static PackagedCommand start(Map<String, String> environment, String... arguments)
      throws IOException {
    return startBy(PLAIN, environment, arguments);
  }

  /**
   * Starts it by a bash script.
   *
   * @param script {@code "$@"} is the command, {@code "$0"} a directory for its files
   */
  public static PackagedCommand startBy(
      String script, Map<String, String> environment, String... arguments) throws IOException {
    return start(script, ClassDataArchive.option(jar()), environment, arguments);
  }

  /** Starts it without a script, with another JVM option instead of the class data archive. */
  static PackagedCommand startWith(
      String jvmOption, Map<String, String> environment, String... arguments) throws IOException {
    return start(PLAIN, jvmOption, environment, arguments);
  }

  private static PackagedCommand start(
      String script, String jvmOption, Map<String, String> environment, String... arguments)
      throws IOException {
    Path directory = Files.createTempDirectory("luna-sender");
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, directory.toString()));
    command.add(java());
    command.add(jvmOption);
    command.addAll(List.of(FAST_START));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-jar");
    command.add(jar().toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("output").toFile())
            .redirectError(directory.resolve("errors").toFile());
    builder.environment().put(WARM_UP, "0");
    builder.environment().put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", Service.CONNECT_TIMEOUT);
    builder.environment().putAll(environment);
    return new PackagedCommand(directory, builder.start());
  }

  static Path jar() {
    return Path.of(System.getProperty("luna.sender.jar"));
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  public Process process() {
    return process;
  }

  /** Returns its standard input. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  /** Returns its standard output so far. */
  public String output() {
    return read("output");
  }

  /** Returns its standard error so far. */
  public String errors() {
    return read("errors");
  }

  /** Returns both so far. */
  public String printed() {
    return output() + errors();
  }

  private String read(String file) {
    try {
      return Files.readString(directory.resolve(file), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Returns the directory for its temporary files. */
  public Path temporary() {
    return directory.resolve("temporary");
  }

  /** Waits until standard output or standard error contains this text. */
  public PackagedCommand awaitPrinted(String text) {
    until(text + " is printed", START, () -> printed().contains(text) || !process.isAlive());
    if (!printed().contains(text)) {
      throw new AssertionError("printed: " + printed() + " (expected: " + text + ")");
    }
    return this;
  }

  /** Sends SIGINT, like Ctrl-C. */
  public PackagedCommand interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    return this;
  }

  /** Sends SIGTERM. */
  public PackagedCommand terminate() {
    process.destroy();
    return this;
  }

  /** Waits until it has ended by itself. */
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("runs after " + END + " (expected: ended): " + printed());
    }
    return process.exitValue();
  }

  @Override
  public void close() throws Exception {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    children.forEach(ProcessHandle::destroyForcibly);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
