package luna.sender.cli.command;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/**
 * An output stream that never blocks its writers: a daemon thread writes to the underlying stream.
 *
 * <p>Shape: queues at most {@value #LIMIT_BYTES} bytes. A write beyond that is dropped as a whole,
 * so that no line is truncated.
 *
 * <p>Errors: none. If the underlying stream fails, everything is dropped from then on.
 *
 * <p>Owner: thread-safe.
 */
public final class BackgroundOutput extends OutputStream {
  private static final int LIMIT_BYTES = 1 << 20;

  private final OutputStream out;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean broken;

  public BackgroundOutput(OutputStream out, String threadName) {
    this.out = out;
    Thread thread = new Thread(this::writeQueued, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    if (!broken && waitingBytes + length <= LIMIT_BYTES) {
      waiting.add(Arrays.copyOfRange(bytes, offset, offset + length));
      waitingBytes += length;
      notifyAll();
    }
  }

  /** Waits until everything is written, for at most this long. Returns whether it is. */
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

  private void writeQueued() {
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
    broken = true;
    waiting.clear();
    waitingBytes = 0;
    notifyAll();
  }
}
