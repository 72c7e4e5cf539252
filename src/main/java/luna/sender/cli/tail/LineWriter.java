package luna.sender.cli.tail;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes lines on a thread of its own, and flushes when the queue is empty.
 *
 * <p>Errors: if the reader closes the pipe ({@code | head}), calls {@code onClosed} once and drops
 * all further lines.
 *
 * <p>Owner: one thread calls {@link #add} and {@link #finish}; the callbacks run on the writer's
 * thread.
 */
final class LineWriter {
  private static final byte[] END = {};

  private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final OutputStream out;
  private final Runnable onRoom;
  private final Runnable onClosed;
  private final long limitBytes;
  private final Thread thread;

  /**
   * @param limitBytes queued bytes above which {@link #add} returns false
   * @param onRoom called when the queue has shrunk to half of the limit
   */
  LineWriter(OutputStream out, long limitBytes, Runnable onRoom, Runnable onClosed) {
    this.out = new BufferedOutputStream(out, 1 << 16);
    this.limitBytes = limitBytes;
    this.onRoom = onRoom;
    this.onClosed = onClosed;
    this.thread = new Thread(this::write, "tail-output");
    thread.setDaemon(true);
    thread.start();
  }

  /** Queues a line with its line feed. Returns whether there is room for more. */
  boolean add(byte[] line) {
    queue.add(line);
    return waitingBytes.addAndGet(line.length) < limitBytes;
  }

  /** Waits until everything is written, but at most this long. */
  void finish(Duration atMost) throws InterruptedException {
    queue.add(END);
    thread.join(atMost.toMillis());
  }

  private void write() {
    try {
      while (true) {
        byte[] line = queue.poll();
        if (line == null) {
          // The queue is empty, so show what was written.
          out.flush();
          line = queue.take();
        }
        if (line == END) {
          out.flush();
          return;
        }
        out.write(line);
        long before = waitingBytes.getAndAdd(-line.length);
        if (before > limitBytes / 2 && before - line.length <= limitBytes / 2) {
          onRoom.run();
        }
      }
    } catch (IOException closed) {
      onClosed.run();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
