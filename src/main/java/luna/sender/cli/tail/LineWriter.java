package luna.sender.cli.tail;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes lines from a thread of its own, in one piece what is there together.
 *
 * <p>Errors: a reader that has gone ({@code | head}) is told by {@code onGone}, once; what comes
 * after is dropped.
 *
 * <p>Owner: {@link #add} and {@link #finish} by one thread; the callbacks come from the writer's.
 */
final class LineWriter {
  private static final byte[] END = {};

  private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final OutputStream out;
  private final Runnable onRoom;
  private final Runnable onGone;
  private final long limitBytes;
  private final Thread thread;

  /**
   * @param limitBytes what may wait before {@link #add} says that there is no room
   * @param onRoom after that, when half of it is written
   */
  LineWriter(OutputStream out, long limitBytes, Runnable onRoom, Runnable onGone) {
    this.out = new BufferedOutputStream(out, 1 << 16);
    this.limitBytes = limitBytes;
    this.onRoom = onRoom;
    this.onGone = onGone;
    this.thread = new Thread(this::write, "tail-output");
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes a line with its end; whether there is room for more. */
  boolean add(byte[] line) {
    queue.add(line);
    return waitingBytes.addAndGet(line.length) < limitBytes;
  }

  /** Waits until all is written, but not for ever for a reader that does not read. */
  void finish(Duration atMost) throws InterruptedException {
    queue.add(END);
    thread.join(atMost.toMillis());
  }

  private void write() {
    try {
      while (true) {
        byte[] line = queue.poll();
        if (line == null) {
          // Nothing more is there: what was written is to be seen now.
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
    } catch (IOException gone) {
      onGone.run();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
