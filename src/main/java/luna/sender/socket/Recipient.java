package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.event.Gap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Over 300 lines, for it is one thing: what becomes of the frames of one client, as fast or as slow
// as it reads.
/**
 * The part of a session that writes events: what it wants of a burst, and its bounded queue.
 *
 * <p>Why a superclass: as {@link Tally}.
 *
 * <p>Shape: at most {@code QUEUE_LIMIT_BYTES} wait for the client; one frame alone may be larger.
 *
 * <p>Errors: a client that is over it is closed with {@link CloseReason#SLOW}, or loses its oldest
 * events, as it has asked for; what it did not get is counted.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class Recipient extends Tally {
  private static final Logger LOG = LoggerFactory.getLogger(Recipient.class);

  /** Of a frame in a queue: its entry, its view of the shared bytes, its time of receipt. */
  private static final int WAITING_COST_BYTES = 160;

  private final SlowPolicy slow;
  private final boolean tellsGaps;

  private @Nullable FrameChannel channel;

  /** The places in the hub's burst that this session wants. */
  private long wanted;

  /** For what the socket does not take, where the client would rather lose it than be closed. */
  private @Nullable Backlog backlog;

  /** What this client's waiting frames cost beside those that it shares. */
  private long costBytes;

  private boolean feeding;

  Recipient(Hub hub, AccountSessions account, Terms terms) {
    super(hub, account);
    this.slow = terms.slow();
    this.tellsGaps = terms.gaps();
  }

  /** Whether it gets events. */
  abstract boolean isOpen();

  /** Whether the connection is gone. */
  abstract boolean isClosed();

  /** Closes with a frame behind all that is queued; once, the first reason counts. */
  abstract void close(CloseReason why);

  /** From now on there is a client. */
  final void begin(FrameChannel channel) {
    this.channel = channel;
    if (slow == SlowPolicy.LATEST) {
      channel.holdNothingBack();
    }
  }

  final FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: not opened (expected: opened)");
    }
    return channel;
  }

  /**
   * Asks for a frame of the burst, which {@link #flush} will write.
   *
   * @return whether it is the first of this burst
   */
  final boolean want(int place) {
    boolean first = wanted == 0;
    wanted |= 1L << place;
    return first;
  }

  /** Writes what was asked for, in one go, as far as the client may let it wait. */
  final void flush(Burst burst) {
    long places = wanted;
    if (!isOpen()) {
      drop(Long.bitCount(wanted));
      wanted = 0;
      trace(burst, places, places, 0);
      return;
    }
    long now = System.nanoTime();
    CloseReason why = CloseReason.SLOW;
    try {
      if (slow == SlowPolicy.CLOSE) {
        beginFlush();
        write(burst, channel());
      } else {
        writeOrKeep(burst, channel());
      }
    } catch (RuntimeException fault) {
      // A fault of one session must not cost the others their events.
      LOG.atError().setCause(fault).log("Fault while writing events");
      why = CloseReason.INTERNAL;
    }
    long left = wanted;
    wanted = 0;
    int taken = endFlush(burst, places & ~left, now);
    trace(burst, places, left, taken);
    if (left != 0 || why == CloseReason.INTERNAL) {
      close(why);
      drop(Long.bitCount(left));
    }
    settleCost();
  }

  /**
   * Tells the traces of the burst's events, if it has any.
   *
   * @param left of the places, those that were not written
   * @param taken how many of the written ones the socket has taken, from the first
   */
  private void trace(Burst burst, long places, long left, int taken) {
    for (long traced = burst.traced(places); traced != 0; traced &= traced - 1) {
      int place = Long.numberOfTrailingZeros(traced);
      long bit = 1L << place;
      if ((left & bit) != 0) {
        burst.write(place).dropped();
      } else {
        int before = Long.bitCount(places & ~left & (bit - 1));
        burst
            .write(place)
            .written(
                burst.frame(place, channel().deflates()).readableBytes(),
                before < taken || nothingWaits());
      }
    }
  }

  /** Whether the socket has taken all; a flush behind what waited does not tell of its own. */
  private boolean nothingWaits() {
    return backlog == null && awaited() == 0 && !isClosed();
  }

  /** Takes what was written out of {@link #wanted}. */
  private void write(Burst burst, FrameChannel channel) {
    long room = hub.settings().queueLimitBytes();
    long queuedBytes = channel.queuedBytes();
    while (wanted != 0) {
      int place = Long.numberOfTrailingZeros(wanted);
      ByteBuf frame = burst.frame(place, channel.deflates());
      if (queuedBytes > 0 && queuedBytes + frame.readableBytes() > room) {
        // A burst may be more than the room; what the socket takes of it does not wait.
        channel.flush();
        queuedBytes = channel.queuedBytes();
        if (queuedBytes > 0 && queuedBytes + frame.readableBytes() > room) {
          break;
        }
      }
      if (queuedBytes > 0 && !account.queue.hasRoom(WAITING_COST_BYTES)) {
        break;
      }
      queuedBytes += frame.readableBytes();
      wanted &= wanted - 1;
      if (!isFlushing()) {
        await(burst.event(place).receivedNanos());
      }
      channel.write(frame.retainedDuplicate());
    }
    channel.flush();
  }

  /** Writes what the socket takes and keeps the rest, without the oldest if it becomes too much. */
  private void writeOrKeep(Burst burst, FrameChannel channel) {
    for (; wanted != 0; wanted &= wanted - 1) {
      int place = Long.numberOfTrailingZeros(wanted);
      ByteBuf frame = burst.frame(place, channel.deflates());
      long received = burst.event(place).receivedNanos();
      if (backlog == null && channel.isWritable()) {
        await(received);
        channel.write(frame.retainedDuplicate());
        if (!channel.isWritable()) {
          channel.flush();
        }
      } else {
        Backlog kept = backlog == null ? new Backlog(hub.metrics().gaps().clock()) : backlog;
        backlog = kept;
        kept.add(frame.retainedDuplicate(), received);
        shorten(kept);
      }
    }
    channel.flush();
    writable();
  }

  private void shorten(Backlog kept) {
    long limit = slow == SlowPolicy.LATEST ? 0 : hub.settings().queueLimitBytes();
    int dropped = 0;
    while (kept.hasOlder() && (kept.bytes() > limit || !account.queue.hasRoom(0))) {
      dropped += kept.dropOldest();
    }
    hub.metrics().dropped(account.book, slow.toString(), dropped);
  }

  /** Writes on what was kept, as far as the socket takes it. */
  @Override
  public final void writable() {
    Backlog kept = backlog;
    if (kept == null || feeding || !isOpen()) {
      return;
    }
    // A flush can make the channel writable, which comes back here.
    feeding = true;
    FrameChannel channel = channel();
    while (channel.isWritable() && !kept.isEmpty()) {
      writeNext(kept);
      channel.flush();
    }
    feeding = false;
    if (kept.isEmpty()) {
      backlog = null;
    }
    settleCost();
  }

  private void writeNext(Backlog kept) {
    Gap gap = kept.takeGap();
    if (gap != null && tellsGaps) {
      channel().writeUncounted(Framing.text(gap.text()));
    }
    Backlog.Waiting next = kept.poll();
    if (next != null && next.isEvent()) {
      await(next.receivedNanos());
      channel().write(next.frame());
    } else if (next != null) {
      channel().writeUncounted(next.frame());
    }
  }

  /** Tells the client that events may be missing here. */
  final void tell(Gap gap) {
    if (!isOpen()) {
      return;
    }
    ByteBuf frame = Framing.text(gap.text());
    if (backlog == null) {
      channel().writeUncounted(frame);
      channel().flush();
    } else {
      backlog.addGap(frame);
    }
  }

  /**
   * Sends a text that is no event and that the client can do without.
   *
   * @return false if it has too much to read to be sent that
   */
  final boolean remark(byte[] text) {
    if (!isOpen() || backlog != null || !channel().isWritable()) {
      return false;
    }
    channel().writeUncounted(Framing.text(text));
    channel().flush();
    return true;
  }

  /** Beside shared frames, each that waits has its place in a queue; an encrypted one is a copy. */
  private void settleCost() {
    long cost = 0;
    int awaited = awaited();
    if (!isClosed() && (awaited != 0 || backlog != null)) {
      FrameChannel channel = channel();
      int waiting = awaited + (backlog == null ? 0 : backlog.events());
      cost =
          (long) waiting * WAITING_COST_BYTES + (channel.isEncrypted() ? channel.queuedBytes() : 0);
    }
    if (cost != costBytes) {
      account.queue.use(cost - costBytes);
      costBytes = cost;
    }
  }

  /** What it has asked for leaves before it does anything else. */
  final void flushWanted() {
    if (wanted != 0) {
      hub.flush();
    }
  }

  /** Whether what waits has become less since the last look: the client reads. */
  final boolean hasRead() {
    boolean moved = hasMoved();
    settleCost();
    return moved && channel().queuedBytes() > 0;
  }

  /** What is kept goes before the close frame; its end is in sight. */
  final void pourBacklog() {
    Backlog kept = backlog;
    backlog = null;
    while (kept != null && !kept.isEmpty()) {
      writeNext(kept);
    }
  }

  /** The connection is gone, and what was kept with it. */
  final void forgetBacklog() {
    if (backlog != null) {
      drop(backlog.clear());
      backlog = null;
    }
    settleCost();
  }
}
