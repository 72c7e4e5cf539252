package luna.sender.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A client as a process, and its output.
 *
 * <p>Owner: one test thread.
 */
final class ClientProcess implements AutoCloseable {
  /** A client itself pauses for a few seconds before it reconnects. */
  static final Duration PATIENCE = Duration.ofSeconds(45);

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Queue<String> errors = new LinkedBlockingQueue<>();
  private final List<Thread> readers;

  ClientProcess(Path directory, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      process = builder.start();
    } catch (IOException missing) {
      throw new AssertionError(command.get(0) + ": not there (expected: run .ci/clients)", missing);
    }
    readers =
        List.of(
            read(process.getInputStream(), lines::add),
            read(process.getErrorStream(), errors::add));
  }

  private static Thread read(InputStream stream, Consumer<String> to) {
    Thread reader =
        new Thread(
            () -> {
              try (var text =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                text.lines().forEach(to);
              } catch (IOException | UncheckedIOException ended) {
                // The process has ended.
              }
            });
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  /** Returns the next message that it prints. */
  JsonObject next() {
    try {
      String line = lines.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(line).as("next message; it said: %s", errors).isNotNull();
      return new JsonObject(line);
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Returns the number of printed messages that were not taken yet. */
  int waiting() {
    return lines.size();
  }

  /** Returns its output except messages. */
  String errors() {
    return String.join("\n", errors);
  }

  /** Waits until it has ended by itself and its output was read. */
  int exitCode() {
    try {
      assertThat(process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
          .as("it ends; it said: %s", errors)
          .isTrue();
      for (Thread reader : readers) {
        reader.join(PATIENCE.toMillis());
      }
      return process.exitValue();
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
