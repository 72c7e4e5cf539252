package luna.sender.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Passes log lines to another appender on its own thread, so that no caller waits for a slow reader
 * of the log.
 *
 * <p>How: the queue has at most {@value #LIMIT_BYTES} bytes; lines below WARN may fill three
 * quarters of it. A single line may be longer. Lines that do not fit are dropped and counted, and a
 * line in their place logs the count.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Why not Logback's {@code AsyncAppender}: it drops lines without a count, and limits the number
 * of lines instead of their memory.
 */
public final class BoundedAsyncAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Lines that were dropped in this process. */
  public static final LongAdder DROPPED = new LongAdder();

  private static final int LIMIT_BYTES = 1 << 20;

  /** The estimated size of a log event without its texts. */
  private static final int EVENT_BYTES = 256;

  /** The estimated size of an element of a stack trace. */
  private static final int FRAME_BYTES = 128;

  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);
  private static final long IDLE_SECONDS = 1;
  private static final Line IDLE = new Line(null, 0);

  private final Appender<ILoggingEvent> target;
  private final Thread writer = new Thread(this::write, "log");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Line> lines = new ArrayDeque<>();
  private long bytes;
  private long dropped;
  private boolean writing;
  private boolean ending;

  private record Line(@Nullable ILoggingEvent event, long bytes) {}

  BoundedAsyncAppender(Appender<ILoggingEvent> target) {
    this.target = target;
    writer.setDaemon(true);
  }

  @Override
  public void start() {
    super.start();
    writer.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing();
    Line line = new Line(event, bytes(event));
    lock.lock();
    try {
      boolean urgent = event.getLevel().isGreaterOrEqual(Level.WARN);
      if (bytes > 0 && bytes + line.bytes > (urgent ? LIMIT_BYTES : LIMIT_BYTES / 4 * 3)) {
        dropped++;
        DROPPED.increment();
      } else {
        addDropped();
        add(line);
      }
    } finally {
      lock.unlock();
    }
  }

  private void add(Line line) {
    lines.add(line);
    bytes += line.bytes;
    changed.signalAll();
  }

  private void addDropped() {
    if (dropped > 0) {
      add(new Line(droppedLine(dropped), 0));
      dropped = 0;
    }
  }

  private ILoggingEvent droppedLine(long count) {
    LoggingEvent event =
        new LoggingEvent(
            BoundedAsyncAppender.class.getName(),
            ((LoggerContext) getContext()).getLogger(BoundedAsyncAppender.class),
            Level.WARN,
            "Log lines were dropped: the log was read too slowly",
            null,
            null);
    event.addKeyValuePair(new KeyValuePair("dropped", count));
    return event;
  }

  private void write() {
    for (Line line = next(); line != null; line = next()) {
      if (line.event != null) {
        target.doAppend(line.event);
      }
      RateLimitedLog.logSuppressed();
    }
  }

  /** Returns the next line: {@link #IDLE} if there was none for a while, or null at the end. */
  private @Nullable Line next() {
    lock.lock();
    try {
      writing = false;
      if (lines.isEmpty()) {
        addDropped();
      }
      changed.signalAll();
      if (lines.isEmpty() && !ending) {
        changed.await(IDLE_SECONDS, TimeUnit.SECONDS);
      }
      Line next = lines.poll();
      if (next == null) {
        return ending ? null : IDLE;
      }
      writing = true;
      bytes -= next.bytes;
      return next;
    } catch (InterruptedException ended) {
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all lines are written, at most for {@code timeout}. Returns whether they are. */
  boolean flush(Duration timeout) {
    long left = timeout.toNanos();
    lock.lock();
    try {
      while ((writing || !lines.isEmpty() || dropped > 0) && left > 0 && writer.isAlive()) {
        left = changed.awaitNanos(left);
      }
      return lines.isEmpty() && !writing;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stops the target only if the queue was flushed, because the target's {@code stop} would wait
   * for a write that hangs.
   */
  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    boolean flushed = flush(FLUSH_TIMEOUT);
    lock.lock();
    try {
      ending = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (flushed) {
      target.stop();
    }
  }

  private static long bytes(ILoggingEvent event) {
    long bytes = EVENT_BYTES + 2L * event.getFormattedMessage().length();
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        bytes += 64 + 2L * String.valueOf(pair.value).length();
      }
    }
    for (IThrowableProxy thrown = event.getThrowableProxy();
        thrown != null && !thrown.isCyclic();
        thrown = thrown.getCause()) {
      bytes += EVENT_BYTES + (long) FRAME_BYTES * thrown.getStackTraceElementProxyArray().length;
      bytes += thrown.getMessage() == null ? 0 : 2L * thrown.getMessage().length();
    }
    return bytes;
  }
}
