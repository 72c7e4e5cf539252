package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Session layer 3 of 4: batch writing. The events of a batch that the session gets are marked
 * first, then all are written in one flush. What the socket does not accept is queued in the {@link
 * OutboundQueue}.
 *
 * <p>See: {@link Session} lists the layers. {@link #flush} closes a client with policy {@code
 * close} whose queue is full; {@link luna.sender.config.WsSettings.SlowPolicy} lists all decisions
 * about slow clients.
 *
 * <p>Errors: a fault closes this session only; its events are counted as dropped.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class BatchRecipient extends OutboundQueue {
  /** The positions in the hub's batch of the events that this session gets, one bit each. */
  private long marked;

  private final boolean positions;

  BatchRecipient(LoopResources loop, AccountSessions account, SubscribeOptions options) {
    super(loop, account, options);
    this.positions = options.positions();
  }

  /** Returns the form of this client's frames. */
  private FrameForm form() {
    return channel().form(positions);
  }

  /** Returns whether the session gets any event of the batch. */
  final boolean hasMarked() {
    return marked != 0;
  }

  /** Returns whether the session gets this event of the batch. */
  final boolean isMarked(int position) {
    return (marked & 1L << position) != 0;
  }

  /** Marks an event of the batch, which {@link #flush} will write. */
  final void mark(int position) {
    marked |= 1L << position;
  }

  /** Writes the marked events before the session does anything else. */
  final void flushMarked() {
    if (marked != 0) {
      loop.batch().flush();
    }
  }

  /**
   * Writes the marked events in one flush, as far as the client's queue allows.
   *
   * @return false if a fault prevented it
   */
  final boolean flush(WriteBatch batch) {
    long positions = marked;
    if (!isOpen()) {
      marked = 0;
      drop(Long.bitCount(positions));
      trace(batch, positions, positions, 0);
      return true;
    }
    long now = System.nanoTime();
    boolean failed = false;
    int accepted = 0;
    try {
      beginFlush();
      write(batch, channel());
      accepted = endFlush(batch, positions & ~marked, now);
      addToFrameQueue(batch);
    } catch (Throwable fault) {
      failed = true;
      onFault(Step.WRITE, fault);
      accepted += endFailedFlush(batch, positions & ~marked, now);
    }
    long left = marked;
    marked = 0;
    trace(batch, positions, left, accepted);
    if (left != 0 && !failed) {
      close(CloseReason.SLOW);
    }
    drop(Long.bitCount(left));
    updateCost();
    return !failed;
  }

  private int endFailedFlush(WriteBatch batch, long positions, long beganNanos) {
    try {
      return endFlush(batch, positions, beganNanos);
    } catch (Throwable fault) {
      onFault(Step.COMPLETE, fault);
      return 0;
    }
  }

  /**
   * Reports the result to the traces of the batch's events, if any are traced.
   *
   * @param left the positions of the events that were not written
   * @param accepted how many of the written ones the socket has accepted, from the first
   */
  private void trace(WriteBatch batch, long positions, long left, int accepted) {
    if (batch.traced(positions) == 0) {
      return;
    }
    try {
      loop.injectionPoint().reached(Step.TRACE, account);
      recordTraces(batch, positions, left, accepted);
    } catch (Throwable fault) {
      // The client still gets its events.
      loop.faults().caught(Step.TRACE, account, fault);
    }
  }

  private void recordTraces(WriteBatch batch, long positions, long left, int accepted) {
    for (long traced = batch.traced(positions); traced != 0; traced &= traced - 1) {
      int position = Long.numberOfTrailingZeros(traced);
      long bit = 1L << position;
      if ((left & bit) != 0) {
        batch.write(position).dropped();
      } else {
        int before = Long.bitCount(positions & ~left & (bit - 1));
        batch
            .write(position)
            .written(
                batch.frame(position, form()).readableBytes(), before < accepted || isDrained());
      }
    }
  }

  /**
   * Returns whether the socket has accepted all frames. If older frames were pending before a
   * flush, {@link #endFlush} returns 0 for its frames, even if the socket has accepted all of them.
   */
  private boolean isDrained() {
    return !hasFrameQueue() && pendingCount() == 0 && !isClosed();
  }

  /** Writes the events that the socket's queue accepts, and unmarks them. */
  private void write(WriteBatch batch, ClientChannel channel) {
    if (hasFrameQueue()) {
      return;
    }
    FrameForm form = form();
    if (isFlushing() && writeNow(batch, channel, form)) {
      return;
    }
    while (marked != 0) {
      int position = Long.numberOfTrailingZeros(marked);
      ByteBuf frame = batch.frame(position, form);
      if (!takes(channel, frame)) {
        // The batch may be larger than the free space of the queue. Flush first: what the socket
        // accepts no longer counts as queued.
        channel.flush();
        if (!takes(channel, frame)) {
          return;
        }
      }
      loop.injectionPoint().reached(Step.WRITE, account);
      if (!isFlushing()) {
        addPending(batch.receivedNanos(position), shared(batch, position));
      }
      marked &= marked - 1;
      channel.write(frame.retainedDuplicate());
    }
    loop.injectionPoint().reached(Step.FLUSH, account);
    channel.flush();
  }

  /**
   * Writes the marked events to the socket at once, as far as it accepts them, and unmarks them.
   *
   * @return whether the socket has accepted all of them
   */
  private boolean writeNow(WriteBatch batch, ClientChannel channel, FrameForm form) {
    while (marked != 0) {
      if (!channel.canWriteNow()) {
        return false;
      }
      JoinedFrames joined = batch.join(marked, form);
      for (long left = joined.positions(); left != 0; left &= left - 1) {
        loop.injectionPoint().reached(Step.WRITE, account);
      }
      loop.injectionPoint().reached(Step.FLUSH, account);
      if (!writeNow(batch, channel, form, joined.bytes())) {
        return false;
      }
      marked &= ~joined.positions();
      countFlushed(Long.bitCount(joined.positions()));
    }
    return true;
  }

  /** Returns false if the socket has not accepted all bytes, and unmarks what it has accepted. */
  private boolean writeNow(
      WriteBatch batch, ClientChannel channel, FrameForm form, ByteBuf joined) {
    try {
      int accepted = channel.writeNow(joined);
      if (accepted == joined.readableBytes()) {
        return true;
      }
      unmarkAccepted(batch, channel, form, accepted);
      return false;
    } catch (Throwable fault) {
      // A close frame in the middle of another frame, or of a TLS record, would be part of it.
      abort(CloseReason.INTERNAL);
      throw fault;
    }
  }

  /**
   * Unmarks the events that the socket has accepted, and those that it gets for certain. Queues the
   * rest of an event that is begun.
   */
  private void unmarkAccepted(
      WriteBatch batch, ClientChannel channel, FrameForm form, int acceptedBytes) {
    int accepted = acceptedBytes;
    int begun = channel.begunBytes(acceptedBytes);
    int queued = 0;
    while (begun > 0) {
      ByteBuf frame = batch.frame(Long.numberOfTrailingZeros(marked), form);
      int length = frame.readableBytes();
      marked &= marked - 1;
      if (accepted >= length) {
        countFlushed(1);
      } else if (begun >= length) {
        queued++;
      } else {
        channel.countBegun(queued);
        queued = 0;
        channel.write(frame.retainedSlice(frame.readerIndex() + begun, length - begun));
      }
      accepted -= length;
      begun -= length;
    }
    channel.countBegun(queued);
  }

  private boolean takes(ClientChannel channel, ByteBuf frame) {
    return channel.isWritable() && fits(channel.queuedBytes(), frame);
  }

  /**
   * Adds the events that were not written to the frame queue, and drops the oldest if it grows too
   * large.
   */
  private void addToFrameQueue(WriteBatch batch) {
    if (marked == 0) {
      return;
    }
    ClientChannel channel = channel();
    FrameQueue kept = frameQueue();
    FrameForm form = form();
    while (marked != 0) {
      int position = Long.numberOfTrailingZeros(marked);
      ByteBuf frame = batch.frame(position, form);
      if (!fits(channel.queuedBytes() + kept.bytes(), frame)) {
        break;
      }
      loop.injectionPoint().reached(Step.BUFFER, account);
      SharedFrameMemory shared = batch.shared(position, form);
      add(kept, frame.retainedDuplicate(), shared, batch.receivedNanos(position));
      marked &= marked - 1;
      trim(kept);
    }
    onWritable();
  }

  private static void add(
      FrameQueue kept, ByteBuf frame, SharedFrameMemory shared, long receivedNanos) {
    try {
      kept.add(frame, shared, receivedNanos);
    } catch (Throwable fault) {
      frame.release();
      throw fault;
    }
  }

  @Override
  final @Nullable SharedFrameMemory shared(WriteBatch batch, int position) {
    return channel().isEncrypted() ? null : batch.shared(position, form());
  }
}
