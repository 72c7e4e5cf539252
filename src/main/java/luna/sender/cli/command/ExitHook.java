package luna.sender.cli.command;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * While it is open, Ctrl-C and SIGTERM let a command end by itself: it is told, and the process
 * waits for it.
 *
 * <p>Owner: the thread of the command.
 */
public final class ExitHook implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /**
   * @param halt tells the command; returns at once
   * @param late what is printed if it has not ended within that time
   */
  public ExitHook(Runnable halt, Duration atMost, String late) {
    hook = new Thread(() -> end(halt, atMost, late), "exit");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end(Runnable halt, Duration atMost, String late) {
    halt.run();
    try {
      if (!done.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        System.err.println("luna-sender: " + late);
      }
      ProcessExit.drainErrors();
    } catch (InterruptedException failure) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException exiting) {
      // It runs already.
    }
  }
}
