package luna.sender.socket;

import java.time.Duration;
import luna.sender.filter.FilterIndex;
import org.jspecify.annotations.Nullable;

/**
 * Session layer 1 of 4: tracks the frames of the client. Each matched event is delivered, dropped
 * or pending.
 *
 * <p>See: {@link Session} lists the layers; {@link luna.sender.metrics.Metrics} has the totals.
 *
 * <p>Why a superclass and not an object of its own: there are many sessions, and each event would
 * touch one more cache line in each session that it matches.
 *
 * <p>How: nearly all frames go to the socket at once. They are counted at the end of the flush that
 * wrote them, so they need no memory of their own. Only frames that remain after a flush need
 * {@link PendingDeliveries}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class DeliveryTracker extends FilterIndex.Subscriber<Session>
    implements ClientChannel.Listener {
  final LoopResources loop;
  final AccountSessions account;

  /** Whether a flush is running that started with no pending frames. */
  private boolean flushing;

  private int flushedFrames;
  private int failedFrames;

  /** Frames that remained after earlier flushes; null for a client that keeps up. */
  private @Nullable PendingDeliveries pending;

  private long delivered;
  private long dropped;

  /** When the socket last accepted a pending frame, or when the first frame became pending. */
  private long lastProgressNanos = System.nanoTime();

  DeliveryTracker(LoopResources loop, AccountSessions account) {
    this.loop = loop;
    this.account = account;
  }

  /** Returns the reason to count for frames that are dropped now. */
  abstract CloseReason dropReason();

  /** Returns whether the connection is closed. */
  abstract boolean isClosed();

  /**
   * Returns the shared memory of an event's frame; null if the client has its own copy, which is
   * counted instead.
   */
  abstract @Nullable SharedFrameMemory shared(WriteBatch batch, int position);

  /**
   * Starts a flush. Until {@link #endFlush}, written and failed frames belong to it, if no frames
   * are pending from before.
   */
  final void beginFlush() {
    // Frames of an earlier flush are reported first.
    flushing = pending == null;
  }

  /**
   * Returns whether the running flush counts its own frames. If not, its frames must be added as
   * pending.
   */
  final boolean isFlushing() {
    return flushing;
  }

  /**
   * @param positions the positions of the written events in the batch
   * @return how many of them, from the first, the socket has accepted; 0 if this flush does not
   *     count its own frames
   */
  final int endFlush(WriteBatch batch, long positions, long beganNanos) {
    if (!flushing) {
      return 0;
    }
    flushing = false;
    return settle(batch, positions, beganNanos);
  }

  /** Counts frames of the running flush that the socket has accepted at once. */
  final void countFlushed(int frames) {
    flushedFrames += frames;
  }

  /** Returns the number of events that this client did not get. */
  final long dropped() {
    return dropped;
  }

  /** Returns the number of events that the socket has accepted. */
  final long delivered() {
    return delivered;
  }

  /** Returns for how long the oldest pending frame has been queued; zero if there is none. */
  final Duration lag() {
    return pending == null
        ? Duration.ZERO
        : Duration.ofNanos(System.nanoTime() - pending.oldestNanos());
  }

  /** Returns the number of pending frames. */
  final int pendingCount() {
    return pending == null ? 0 : pending.size();
  }

  final long lastProgressNanos() {
    return lastProgressNanos;
  }

  /** Records that the client is reading, or has nothing to read. */
  final void recordProgress(long nowNanos) {
    lastProgressNanos = nowNanos;
  }

  /** Counts the frames of one flush, in order, as delivered, dropped or pending. */
  private int settle(WriteBatch batch, long positions, long now) {
    int accepted = flushedFrames;
    int failed = failedFrames;
    flushedFrames = 0;
    failedFrames = 0;
    int count = 0;
    long lags = 0;
    long longest = 0;
    long left = positions;
    try {
      loop.injectionPoint().reached(Step.COMPLETE, account);
      for (; left != 0; left &= left - 1) {
        int position = Long.numberOfTrailingZeros(left);
        long received = batch.receivedNanos(position);
        if (accepted > 0) {
          accepted--;
          long lag = now - received;
          loop.metrics().events().delivered(lag);
          count++;
          lags += lag;
          longest = Math.max(longest, lag);
        } else if (failed > 0) {
          failed--;
          drop(1);
        } else {
          addPending(received, shared(batch, position));
        }
      }
    } finally {
      delivered += count;
      account.counters.delivered(count, lags, longest);
      // After a fault, some of the uncounted frames may have been written, but there is no way to
      // find out.
      dropByFault(Long.bitCount(left));
    }
    return count;
  }

  /** Counts frames that this client does not get because of an internal fault. */
  final void dropByFault(int frames) {
    drop(CloseReason.INTERNAL.label(), frames);
  }

  /** Drops all pending frames after the connection is closed. */
  final void dropPending() {
    PendingDeliveries lost = pending;
    pending = null;
    if (lost != null) {
      drop(lost.size());
      while (!lost.isEmpty()) {
        lost.remove();
      }
    }
  }

  /** Adds a pending frame. */
  final void addPending(long receivedNanos, @Nullable SharedFrameMemory frame) {
    PendingDeliveries frames = pending == null ? new PendingDeliveries() : pending;
    frames.add(receivedNanos, frame);
    pending = frames;
  }

  /**
   * Removes the oldest pending frame, which was written or has failed. Returns when it was
   * received.
   */
  private long removeOldestPending() {
    PendingDeliveries frames = pending;
    if (frames == null) {
      throw new IllegalStateException("pending frames: none (expected: at least one)");
    }
    long receivedNanos = frames.remove();
    if (frames.isEmpty()) {
      pending = null;
    }
    return receivedNanos;
  }

  final void drop(int frames) {
    drop(dropReason().label(), frames);
  }

  final void drop(String reason, int frames) {
    dropped += frames;
    loop.metrics().events().dropped(account.counters, reason, frames);
  }

  @Override
  public final void onWritten() {
    if (flushing) {
      flushedFrames++;
    } else if (pending != null || !isClosed()) {
      lastProgressNanos = System.nanoTime();
      long lag = lastProgressNanos - removeOldestPending();
      loop.metrics().events().delivered(lag);
      delivered++;
      account.counters.delivered(1, lag, lag);
    }
  }

  @Override
  public final void onWriteFailed() {
    if (flushing) {
      failedFrames++;
    } else if (pending != null || !isClosed()) {
      removeOldestPending();
      drop(1);
    }
  }
}
