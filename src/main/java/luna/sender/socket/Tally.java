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
 * it, and needs no memory; only what a flush leaves behind has its {@link Receipts}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class Tally extends FilterIndex.Subscriber<Session> implements FrameChannel.Listener {
  final Hub hub;
  final AccountSessions account;

  /** Of the flush that is going on, where nothing was on its way before. */
  private boolean flushing;

  private int flushedFrames;
  private int failedFrames;

  /** For what flushes have left behind; a client that keeps up has none. */
  private @Nullable Receipts receipts;

  private long writtenFrames;
  private long writtenFramesAtLook;

  Tally(Hub hub, AccountSessions account) {
    this.hub = hub;
    this.account = account;
  }

  /** Why frames are lost that are lost now. */
  abstract CloseReason lossReason();

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
  final int endFlush(Burst burst, long places, long beganNanos) {
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

  /** Whether the socket has taken frames since the last look. */
  final boolean hasMoved() {
    boolean moved = writtenFrames != writtenFramesAtLook;
    writtenFramesAtLook = writtenFrames;
    return moved;
  }

  /** What became of the frames of one flush, in their order: taken, failed, or still on its way. */
  private int settle(Burst burst, long places, long now) {
    int taken = flushedFrames;
    int failed = failedFrames;
    flushedFrames = 0;
    failedFrames = 0;
    int delivered = 0;
    long lags = 0;
    long longest = 0;
    for (long left = places; left != 0; left &= left - 1) {
      long received = burst.event(Long.numberOfTrailingZeros(left)).receivedNanos();
      if (taken > 0) {
        taken--;
        delivered++;
        long lag = now - received;
        lags += lag;
        longest = Math.max(longest, lag);
        hub.metrics().delivered(lag);
      } else if (failed > 0) {
        failed--;
        drop(1);
      } else {
        await(received);
      }
    }
    account.book.delivered(delivered, lags, longest);
    return delivered;
  }

  /** A frame is on its way that no flush will tell about. */
  final void await(long receivedNanos) {
    Receipts waiting = receipts == null ? new Receipts() : receipts;
    waiting.add(receivedNanos);
    receipts = waiting;
  }

  /** The oldest frame on its way is there, or lost. */
  private long arrived() {
    Receipts waiting = receipts;
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
    writtenFrames++;
    if (flushing) {
      flushedFrames++;
    } else {
      long lag = System.nanoTime() - arrived();
      hub.metrics().delivered(lag);
      account.book.delivered(1, lag, lag);
    }
  }

  @Override
  public final void failed() {
    if (flushing) {
      failedFrames++;
    } else {
      arrived();
      drop(1);
    }
  }
}
