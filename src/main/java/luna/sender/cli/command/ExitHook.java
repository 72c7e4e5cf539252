package luna.sender.cli.command;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * While this is open, Ctrl-C and SIGTERM stop a command gracefully: the hook calls {@code halt} and
 * waits until the command has ended.
 *
 * <p>Owner: the thread of the command.
 */
public final class ExitHook implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /**
   * @param halt asks the command to stop; returns immediately
   * @param late the message if the command has not ended in time
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
      // The hook is already running.
    }
  }
}
