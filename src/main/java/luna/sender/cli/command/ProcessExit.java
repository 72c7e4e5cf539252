package luna.sender.cli.command;

import io.vertx.core.Future;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import luna.sender.log.LogSetup;

/** How a command waits, reports errors on standard error, and ends its process in bounded time. */
public final class ProcessExit {
  /** How long the process waits for its last lines to be written. */
  public static final Duration FLUSH = Duration.ofSeconds(1);

  /** Standard error may be a pipe that nobody reads: an event loop must not wait for it. */
  private static final BackgroundOutput ERRORS =
      new BackgroundOutput(new FileOutputStream(FileDescriptor.err), "standard-error");

  private ProcessExit() {}

  /** Makes {@link System#err} write in the background. */
  public static void writeErrorsInBackground() {
    System.setErr(new PrintStream(ERRORS, true, Charset.defaultCharset()));
  }

  /** Waits for what is asynchronous, and throws what it fails with. */
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
   * Does this, one after the other, when the process is asked to end, and lets it end after that
   * time in any case.
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
              System.err.println("luna-sender: not stopped after " + atMost.toSeconds() + " s");
            } catch (Exception failure) {
              System.err.println("luna-sender: " + reason(failure));
            }
          }
          LogSetup.flush(FLUSH);
          drainErrors();
        };
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
  }

  /** Waits for the reader of standard error, but not long: the process has to end. */
  public static void drainErrors() {
    ERRORS.drain(FLUSH);
  }

  /** What to tell the user: our own words where we have them. */
  public static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
