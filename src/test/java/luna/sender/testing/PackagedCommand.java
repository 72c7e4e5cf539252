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
 * A command of the packaged jar as a process of its own, as its users start it.
 *
 * <p>Shape: standard output and standard error go to files of its own, unless a shell script that
 * starts it sends them elsewhere; its temporary files have a directory of their own.
 */
public final class PackagedCommand implements AutoCloseable {
  /** The process has both ends of the pipe, so that a write waits and does not fail. */
  private static final String PIPE = "mkfifo \"$0/pipe\" && exec 3<>\"$0/pipe\" && ";

  private static final String FULL_PIPE =
      PIPE + "{ dd if=/dev/zero of=\"$0/pipe\" bs=4096 oflag=nonblock 2>\"$0/dd\"; true; } && ";

  /** A script for a process whose standard output is a pipe that nobody reads. */
  public static final String UNREAD_OUTPUT = PIPE + "exec \"$@\" >&3";

  /** The same, where the pipe is full. */
  public static final String STALLED_OUTPUT = FULL_PIPE + "exec \"$@\" >&3";

  /** The same of standard error. */
  public static final String STALLED_ERRORS = FULL_PIPE + "exec \"$@\" 2>&3";

  /**
   * JVM options for a fast start, which the distribution's script gives commands that live shortly.
   * A test of speed or memory does without them.
   */
  public static final String[] FAST_START = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"};

  /** A JVM that shares two busy cores needs some 20 s to start. */
  public static final Duration START = Duration.ofMinutes(1);

  private static final Duration END = Duration.ofSeconds(30);
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
   * Starts it by a script of bash.
   *
   * @param script {@code "$@"} in it is the command, {@code "$0"} a directory for its files
   */
  public static PackagedCommand startBy(
      String script, Map<String, String> environment, String... arguments) throws IOException {
    Path directory = Files.createTempDirectory("luna-sender");
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, directory.toString()));
    command.add(java());
    command.addAll(List.of(FAST_START));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-jar");
    command.add(jar().toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("output").toFile())
            .redirectError(directory.resolve("errors").toFile());
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

  /** Its standard input. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  /** What it has printed until now on standard output. */
  public String output() {
    return read("output");
  }

  /** The same of standard error. */
  public String errors() {
    return read("errors");
  }

  /** The same of both. */
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

  /** The directory for its temporary files. */
  public Path temporary() {
    return directory.resolve("temporary");
  }

  /** Waits until standard output or standard error has this text. */
  public PackagedCommand awaitPrinted(String text) {
    until(text + " is printed", START, () -> printed().contains(text) || !process.isAlive());
    if (!printed().contains(text)) {
      throw new AssertionError("printed: " + printed() + " (expected: " + text + ")");
    }
    return this;
  }

  /** Asks it to end, as Ctrl-C does. */
  public PackagedCommand interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    return this;
  }

  /** Asks it to end by SIGTERM. */
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
