package luna.sender.cli.command;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import luna.sender.log.CauseText;
import luna.sender.log.LogSetup;

/** Utilities for commands: wait, report errors on standard error, and exit in bounded time. */
public final class ProcessExit {
  /** How long the process waits until its last lines are written. */
  public static final Duration FLUSH = Duration.ofSeconds(1);

  private static final Duration CLOSE = Duration.ofSeconds(2);

  /** Standard error may be a pipe that nobody reads, and must not block an event loop. */
  private static final BackgroundOutput ERRORS =
      new BackgroundOutput(new FileOutputStream(FileDescriptor.err), "standard-error");

  private ProcessExit() {}

  /** Replaces {@link System#err} by a stream that writes in the background. */
  public static void writeErrorsInBackground() {
    System.setErr(new PrintStream(ERRORS, true, Charset.defaultCharset()));
  }

  /** Waits for a future and throws its failure. */
  public static <T> T await(Future<T> future, Duration atMost) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw failure;
    }
  }

  /**
   * Closes the Vert.x of a command, and waits a short time. What is not closed then ends with the
   * process, and does not change the result of the command.
   */
  public static void close(Vertx vertx) throws InterruptedException {
    try {
      vertx
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException unclean) {
      // The process ends anyway.
    }
  }

  /**
   * Runs these steps in order when the process is asked to exit, and lets it exit after {@code
   * atMost} in any case.
   */
  @SafeVarargs
  public static void atExit(Duration atMost, Callable<Future<?>>... stops) {
    Runnable stop =
        () -> {
          long deadline = System.nanoTime() + atMost.toNanos();
          for (Callable<Future<?>> step : stops) {
            try {
              await(step.call(), Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            } catch (TimeoutException late) {
              System.err.println("luna-sender: not stopped within " + atMost.toSeconds() + " s");
            } catch (Exception failure) {
              System.err.println("luna-sender: " + CauseText.of(failure));
            }
          }
          LogSetup.flush(FLUSH);
          drainErrors();
        };
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
  }

  /** Waits a short time until standard error is written. */
  public static void drainErrors() {
    ERRORS.drain(FLUSH);
  }
}
