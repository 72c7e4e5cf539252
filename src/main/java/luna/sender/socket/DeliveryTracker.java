package luna.sender.socket;

import luna.sender.filter.FilterIndex;
import org.jspecify.annotations.Nullable;

/**
 * The part of a session that keeps account of its frames: each that is matched is delivered,
 * dropped or on its way.
 *
 * <p>Why a superclass and no object of its own: sessions are many, and each event would touch one
 * more cache line of each session that wants it.
 *
 * <p>Shape: what the socket takes at once, which is nearly all, is counted by the flush that wrote
 * it, and needs no memory; only what a flush leaves behind has its {@link PendingDeliveries}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class DeliveryTracker extends FilterIndex.Subscriber<Session>
    implements FrameChannel.Listener {
  final Hub hub;
  final AccountSessions account;

  /** Of the flush that is going on, where nothing was on its way before. */
  private boolean flushing;

  private int flushedFrames;
  private int failedFrames;

  /** For what flushes have left behind; a client that keeps up has none. */
  private @Nullable PendingDeliveries receipts;

  /** When the socket last took a frame that had to wait, or the client began to have some. */
  private long takenNanos = System.nanoTime();

  DeliveryTracker(Hub hub, AccountSessions account) {
    this.hub = hub;
    this.account = account;
  }

  /** Why frames are lost that are lost now. */
  abstract CloseReason lossReason();

  /** Whether the connection is gone. */
  abstract boolean isClosed();

  /** The memory of an event's frame that waits; null where the client's copy counts instead. */
  abstract @Nullable SharedFrame shared(WriteBatch burst, int place);

  /** From now on frames that the socket takes or loses are the flush's, to {@link #endFlush}. */
  final void beginFlush() {
    // What an earlier flush has left behind will be told first.
    flushing = receipts == null;
  }

  /** Whether the flush that is going on tells what became of its frames; if not, they await it. */
  final boolean isFlushing() {
    return flushing;
  }

  /**
   * @param places of the events that were written, in the burst
   * @return how many of them, from the first, the socket has taken; 0 if the flush does not tell
   */
  final int endFlush(WriteBatch burst, long places, long beganNanos) {
    if (!flushing) {
      return 0;
    }
    flushing = false;
    return settle(burst, places, beganNanos);
  }

  /** How many frames are on their way that no flush will tell about. */
  final int awaited() {
    return receipts == null ? 0 : receipts.size();
  }

  final long takenNanos() {
    return takenNanos;
  }

  /** The client takes its bytes, or has none to take. */
  final void took(long nowNanos) {
    takenNanos = nowNanos;
  }

  /** What became of the frames of one flush, in their order: taken, failed, or still on its way. */
  private int settle(WriteBatch burst, long places, long now) {
    int taken = flushedFrames;
    int failed = failedFrames;
    flushedFrames = 0;
    failedFrames = 0;
    int delivered = 0;
    long lags = 0;
    long longest = 0;
    long left = places;
    try {
      hub.checkpoint().reached(Step.SETTLE, account);
      for (; left != 0; left &= left - 1) {
        int place = Long.numberOfTrailingZeros(left);
        long received = burst.event(place).receivedNanos();
        if (taken > 0) {
          taken--;
          long lag = now - received;
          hub.metrics().delivered(lag);
          delivered++;
          lags += lag;
          longest = Math.max(longest, lag);
        } else if (failed > 0) {
          failed--;
          drop(1);
        } else {
          await(received, shared(burst, place));
        }
      }
    } finally {
      account.book.delivered(delivered, lags, longest);
      // What a fault has kept from being counted may have been taken, but nobody will know.
      forgo(Long.bitCount(left));
    }
    return delivered;
  }

  /** A fault of ours keeps this client from so many frames. */
  final void forgo(int frames) {
    hub.metrics().dropped(account.book, CloseReason.INTERNAL.label(), frames);
  }

  /** The connection is gone, and with it all that was on its way. */
  final void forgetAwaited() {
    PendingDeliveries lost = receipts;
    receipts = null;
    if (lost != null) {
      drop(lost.size());
      while (!lost.isEmpty()) {
        lost.remove();
      }
    }
  }

  /** A frame is on its way that no flush will tell about. */
  final void await(long receivedNanos, @Nullable SharedFrame frame) {
    PendingDeliveries waiting = receipts == null ? new PendingDeliveries() : receipts;
    waiting.add(receivedNanos, frame);
    receipts = waiting;
  }

  /** The oldest frame on its way is there, or lost. */
  private long arrived() {
    PendingDeliveries waiting = receipts;
    if (waiting == null) {
      throw new IllegalStateException("frames on their way: none (expected: one that has ended)");
    }
    long receivedNanos = waiting.remove();
    if (waiting.isEmpty()) {
      receipts = null;
    }
    return receivedNanos;
  }

  final void drop(int frames) {
    hub.metrics().dropped(account.book, lossReason().label(), frames);
  }

  @Override
  public final void written() {
    if (flushing) {
      flushedFrames++;
    } else if (receipts != null || !isClosed()) {
      takenNanos = System.nanoTime();
      long lag = takenNanos - arrived();
      hub.metrics().delivered(lag);
      account.book.delivered(1, lag, lag);
    }
  }

  @Override
  public final void failed() {
    if (flushing) {
      failedFrames++;
    } else if (receipts != null || !isClosed()) {
      arrived();
      drop(1);
    }
  }
}
