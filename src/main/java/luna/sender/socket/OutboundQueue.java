package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.event.Gap;
import luna.sender.event.Healed;
import luna.sender.event.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * Session layer 2 of 4: the bounded queue of the client.
 *
 * <p>See: {@link Session} lists the layers; {@link SlowPolicy} lists all decisions about slow
 * clients.
 *
 * <p>How: at most {@code QUEUE_LIMIT_BYTES} are queued for the client; a single frame may be
 * larger. Netty queues the first frames that the socket does not accept, up to {@value
 * #SOCKET_QUEUE_BYTES} bytes; nothing can be dropped there. Further frames are queued in a {@link
 * FrameQueue}.
 *
 * <p>Errors: a client over the limit is closed with {@link CloseReason#SLOW} or loses its oldest
 * events, as its query selects. Dropped events are counted.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class OutboundQueue extends DeliveryTracker {
  /**
   * Memory of a queued frame: its queue entry, its view of the shared bytes, and its receive time.
   */
  private static final int QUEUED_COST_BYTES = 160;

  /**
   * The limit of Netty's queue. It is low because with TLS these bytes are encrypted copies for one
   * client, while a queued frame shares its bytes with other clients.
   */
  private static final int SOCKET_QUEUE_BYTES = 1 << 18;

  /**
   * For a client with policy {@code latest}: its socket gets a frame only after it has accepted the
   * previous one.
   */
  private static final int LATEST_QUEUE_BYTES = 1;

  /** Reading this much of a frame counts as progress, like reading a whole frame. */
  private static final int PROGRESS_BYTES = 1 << 16;

  private final SlowPolicy slow;
  private final boolean sendsGaps;

  private @Nullable ClientChannel channel;

  /** Frames that the socket does not accept; null for a client that keeps up. */
  private @Nullable FrameQueue frameQueue;

  /** Memory of this client's queued frames, without the shared bytes. */
  private long costBytes;

  /**
   * {@link ClientChannel#unsentBytes} when the client last made progress; 0 if nothing was queued.
   */
  private long lastUnsentBytes;

  /** The index in {@link QueueingSessions}, or -1. */
  int queueingIndex = -1;

  private boolean draining;

  /**
   * Interruptions announced while frames were queued. They are sent after the frames, unless they
   * have ended by then.
   */
  private final List<Interruption> pendingInterruptions = new ArrayList<>(0);

  /** Interruptions that were sent, and healed while frames were queued. */
  private final List<Healed> pendingHealed = new ArrayList<>(0);

  OutboundQueue(LoopResources loop, AccountSessions account, SubscribeOptions options) {
    super(loop, account);
    this.slow = options.slow();
    this.sendsGaps = options.gaps();
  }

  final SlowPolicy slowPolicy() {
    return slow;
  }

  /** Returns whether the session gets events. */
  abstract boolean isOpen();

  /** Sends a close frame after all queued frames, at most once; the first reason counts. */
  abstract void close(CloseReason why);

  /** Sends a close frame after the socket's queue; drops the frame queue. */
  abstract void closeWithoutQueue(CloseReason why);

  /** Closes the connection without a close frame; the first reason counts. */
  abstract void abort(CloseReason why);

  /**
   * Attaches the channel, once the handshake is answered.
   *
   * @param replays whether events of the history follow, of which none may be dropped
   */
  final void attach(ClientChannel channel, boolean replays) {
    this.channel = channel;
    limitSocketQueue(replays);
  }

  final void limitSocketQueue(boolean replays) {
    channel()
        .limitQueue(
            slow == SlowPolicy.LATEST && !replays
                ? LATEST_QUEUE_BYTES
                : Math.min(SOCKET_QUEUE_BYTES, loop.settings().queueLimitBytes()));
  }

  final boolean isAttached() {
    return channel != null;
  }

  final ClientChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: not opened (expected: opened)");
    }
    return channel;
  }

  final boolean hasFrameQueue() {
    return frameQueue != null;
  }

  /** Returns whether nothing is queued in this process for the client. */
  final boolean isIdle() {
    return frameQueue == null && channel().queuedBytes() == 0;
  }

  /** Returns the bytes that are queued in this process for the client. */
  final long queuedBytes() {
    return channel().queuedBytes() + (frameQueue == null ? 0 : frameQueue.bytes());
  }

  /** Returns whether the frame fits into the queue of a client with policy {@code close}. */
  final boolean fits(long queuedBytes, ByteBuf frame) {
    return slow != SlowPolicy.CLOSE
        || queuedBytes == 0
        || queuedBytes + frame.readableBytes() <= loop.settings().queueLimitBytes();
  }

  /** Returns the frame queue, which is created if there is none. */
  final FrameQueue frameQueue() {
    FrameQueue kept =
        frameQueue == null ? new FrameQueue(loop.metrics().gaps().clock()) : frameQueue;
    frameQueue = kept;
    return kept;
  }

  /** Drops the oldest events of a frame queue that is over the limit, if the policy allows it. */
  final void trim(FrameQueue kept) {
    if (slow != SlowPolicy.CLOSE) {
      long limit = slow == SlowPolicy.LATEST ? 0 : loop.settings().queueLimitBytes();
      while (kept.events() > 1 && kept.bytes() > limit) {
        dropOldest(kept, 1, slow.toString());
      }
    }
  }

  /** Writes queued frames while the socket accepts them. */
  @Override
  public final void onWritable() {
    FrameQueue kept = frameQueue;
    if (draining || !isOpen()) {
      return;
    }
    if (kept == null) {
      sendPendingInterruptions();
      return;
    }
    // A flush can make the channel writable and call this method again.
    draining = true;
    try {
      ClientChannel channel = channel();
      while (channel.isWritable() && !kept.isEmpty()) {
        loop.injectionPoint().reached(Step.DRAIN, account);
        writeNext(kept);
        if (kept.isEmpty() || !channel.isWritable()) {
          channel.flush();
        }
      }
    } finally {
      draining = false;
    }
    if (kept.isEmpty()) {
      frameQueue = null;
      sendPendingInterruptions();
    }
    updateCost();
  }

  private void writeNext(FrameQueue kept) {
    ClientChannel channel = channel();
    FrameQueue.Entry next = kept.poll();
    if (next instanceof FrameQueue.Waiting event) {
      try {
        addPending(event.receivedNanos(), channel.isEncrypted() ? null : event.shared());
      } catch (Throwable fault) {
        event.frame().release();
        dropByFault(1);
        throw fault;
      } finally {
        event.shared().release();
      }
      channel.write(event.frame());
    } else if (next instanceof FrameQueue.Missing missing && sendsGaps) {
      channel.writeUncounted(channel.message(missing.gap().text()));
    }
  }

  /** Notifies the client that events may be missing from here on, until a gap follows. */
  final void sendInterruption(Interruption interruption) {
    if (!isOpen()) {
      return;
    }
    if (frameQueue == null && channel().isWritable()) {
      channel().writeUncounted(channel().message(interruption.text()));
      channel().flush();
    } else {
      pendingInterruptions.add(interruption);
    }
  }

  /** Notifies the client that an interruption has ended and no event is missing. */
  final void sendHealed(Healed healed) {
    if (!isOpen() || pendingInterruptions.removeIf(open -> open.isEndedBy(healed))) {
      return;
    }
    if (frameQueue == null && channel().isWritable()) {
      channel().writeUncounted(channel().message(healed.text()));
      channel().flush();
    } else {
      pendingHealed.add(healed);
    }
  }

  private void sendPendingInterruptions() {
    if (!pendingHealed.isEmpty()) {
      List<Healed> ended = List.copyOf(pendingHealed);
      pendingHealed.clear();
      ended.forEach(this::sendHealed);
    }
    if (pendingInterruptions.isEmpty()) {
      return;
    }
    List<Interruption> late = List.copyOf(pendingInterruptions);
    pendingInterruptions.clear();
    late.forEach(this::sendInterruption);
  }

  /** Notifies the client that events may be missing here. */
  final void sendGap(Gap gap) {
    pendingInterruptions.removeIf(open -> open.isEndedBy(gap));
    if (!isOpen()) {
      return;
    }
    loop.injectionPoint().reached(Step.GAP, account);
    if (frameQueue == null && channel().isWritable()) {
      channel().writeUncounted(channel().message(gap.text()));
      channel().flush();
    } else {
      frameQueue().add(gap);
      updateCost();
    }
  }

  /**
   * Sends an optional text that is not an event.
   *
   * @return false if the text was not sent, because the client has queued frames
   */
  final boolean trySendText(byte[] text) {
    if (!isOpen() || frameQueue != null || !channel().isWritable()) {
      return false;
    }
    channel().writeUncounted(channel().message(text));
    channel().flush();
    return true;
  }

  /**
   * Updates the memory that only this client's queued frames use. Evicts clients if a limit is
   * exceeded.
   */
  final void updateCost() {
    loop.injectionPoint().reached(Step.BUDGET, account);
    recalculateCost();
  }

  private void recalculateCost() {
    long cost = 0;
    if (!isClosed() && (pendingCount() != 0 || frameQueue != null)) {
      cost =
          (long) queuedFrames() * QUEUED_COST_BYTES
              + (channel().isEncrypted() ? channel().queuedBytes() : 0);
    }
    if (cost == costBytes) {
      return;
    }
    boolean more = cost > costBytes;
    if (costBytes == 0) {
      account.queueing.add(this);
      recordProgress(System.nanoTime());
    } else if (cost == 0) {
      account.queueing.remove(this);
    }
    long change = cost - costBytes;
    costBytes = cost;
    account.queueBudget.use(change);
    if (more) {
      loop.eviction().check(account);
    }
  }

  /** Returns the number of queued frames. */
  final int queuedFrames() {
    return pendingCount() + (frameQueue == null ? 0 : frameQueue.size());
  }

  /** Returns the memory of all queued frames, as if none were shared. */
  final long footprintBytes() {
    return channel().unsentBytes()
        + (frameQueue == null ? 0 : frameQueue.bytes())
        + (long) queuedFrames() * QUEUED_COST_BYTES;
  }

  /**
   * Frees memory. A client whose policy allows drops loses the older half of its frame queue. Other
   * clients are closed, and aborted if that was not enough.
   */
  final void evict() {
    FrameQueue kept = frameQueue;
    if (!isOpen() || kept == null || kept.events() == 0) {
      abort(CloseReason.SLOW);
    } else if (slow == SlowPolicy.CLOSE) {
      closeWithoutQueue(CloseReason.SLOW);
    } else {
      dropOldest(kept, (kept.events() + 1) / 2, slow.toString());
    }
    updateCost();
  }

  private void dropOldest(FrameQueue kept, int events, String reason) {
    int before = kept.events();
    try {
      for (int i = 0; i < events; i++) {
        kept.dropOldest();
      }
    } finally {
      drop(reason, before - kept.events());
    }
  }

  /**
   * Returns whether bytes are queued for the client, and records its progress. If bytes are queued,
   * only reading them counts as a sign of life.
   */
  final boolean isBehind(long nowNanos) {
    long unsent = channel().unsentBytes();
    updateCost();
    if (unsent == 0 && frameQueue == null) {
      lastUnsentBytes = 0;
      return false;
    }
    if (lastUnsentBytes == 0 || lastUnsentBytes - unsent >= PROGRESS_BYTES) {
      recordProgress(nowNanos);
      lastUnsentBytes = unsent;
    } else {
      lastUnsentBytes = Math.max(lastUnsentBytes, unsent);
    }
    return true;
  }

  /**
   * Writes the queued frames before the close frame. Exceeds the limit of Netty's queue, because
   * the session is about to end.
   */
  final void drainFrameQueue() {
    FrameQueue kept = frameQueue;
    frameQueue = null;
    if (kept == null) {
      return;
    }
    try {
      while (!kept.isEmpty()) {
        writeNext(kept);
      }
    } finally {
      drop(kept.clear());
    }
  }

  /** Drops the queued events and keeps the gaps, which are sent before the close frame. */
  final void dropFrameQueue() {
    FrameQueue kept = frameQueue;
    if (kept != null) {
      dropOldest(kept, kept.events(), dropReason().label());
    }
  }

  /** Drops the queued frames after the connection is closed. */
  final void clearFrameQueue() {
    FrameQueue kept = frameQueue;
    frameQueue = null;
    try {
      recalculateCost();
    } finally {
      if (kept != null) {
        drop(kept.clear());
      }
    }
  }
}
