package luna.sender.cli.command;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/**
 * An output stream whose writers never wait for its reader: a daemon thread passes on what they
 * write.
 *
 * <p>Shape: at most {@value #LIMIT_BYTES} bytes wait. A write beyond that is dropped as a whole, so
 * that no line is cut.
 *
 * <p>Errors: none. When the reader has gone, all that follows is dropped.
 *
 * <p>Owner: thread-safe.
 */
public final class BackgroundOutput extends OutputStream {
  private static final int LIMIT_BYTES = 1 << 20;

  private final OutputStream out;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean gone;

  public BackgroundOutput(OutputStream out, String threadName) {
    this.out = out;
    Thread thread = new Thread(this::passOn, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    if (!gone && waitingBytes + length <= LIMIT_BYTES) {
      waiting.add(Arrays.copyOfRange(bytes, offset, offset + length));
      waitingBytes += length;
      notifyAll();
    }
  }

  /** Waits until all is written, but no longer than that; says whether it is. */
  public synchronized boolean drain(Duration atMost) {
    long deadlineNanos = System.nanoTime() + atMost.toNanos();
    try {
      while (waitingBytes > 0) {
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return false;
        }
        wait(millis);
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
    return waitingBytes == 0;
  }

  private void passOn() {
    try {
      while (true) {
        byte[] next = next();
        out.write(next);
        out.flush();
        written(next.length);
      }
    } catch (IOException readerHasGone) {
      dropAll();
    } catch (InterruptedException ending) {
      dropAll();
      Thread.currentThread().interrupt();
    }
  }

  private synchronized byte[] next() throws InterruptedException {
    while (waiting.isEmpty()) {
      wait();
    }
    return waiting.remove();
  }

  private synchronized void written(int bytes) {
    waitingBytes -= bytes;
    notifyAll();
  }

  private synchronized void dropAll() {
    gone = true;
    waiting.clear();
    waitingBytes = 0;
    notifyAll();
  }
}
