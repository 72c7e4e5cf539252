package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import org.jspecify.annotations.Nullable;

// Over 300 lines, for it is one thing: what becomes of the frames of one client, as fast or as slow
// as it reads.
/**
 * The part of a session that writes events: what it wants of a burst, and its bounded queue.
 *
 * <p>Why a superclass: as {@link DeliveryTracker}.
 *
 * <p>Shape: at most {@code QUEUE_LIMIT_BYTES} wait for the client; one frame alone may be larger.
 * What the socket does not take waits in Netty's queue up to {@value #SOCKET_QUEUE_BYTES} bytes,
 * from which nothing can be dropped, and the rest in a {@link Backlog}.
 *
 * <p>Errors: a client that is over it is closed with {@link CloseReason#SLOW}, or loses its oldest
 * events, as it has asked for; what it did not get is counted.
 *
 * <p>Owner: confined to its hub's event loop.
 */
abstract class OutboundQueue extends DeliveryTracker {
  /** Of a frame in a queue: its entry, its view of the shared bytes, its time of receipt. */
  private static final int WAITING_COST_BYTES = 160;

  /** With TLS, these are copies for one client alone. */
  private static final int SOCKET_QUEUE_BYTES = 1 << 18;

  /** For a client that wants the latest: its socket gets a frame when it has taken the last. */
  private static final int NOTHING_BACK = 1;

  /** To take so much of a frame is as good a sign of life as to take one. */
  private static final int PROGRESS_BYTES = 1 << 16;

  private final SlowPolicy slow;
  private final boolean tellsGaps;

  private @Nullable FrameChannel channel;

  /** The places in the hub's burst that this session wants. */
  private long wanted;

  /** For what the socket does not take; null for a client that keeps up. */
  private @Nullable Backlog backlog;

  /** What this client's waiting frames cost beside those that it shares. */
  private long costBytes;

  /** Of the bytes that waited when the client last took some; 0 if none did. */
  private long untakenBytes;

  /** The account's own, or -1. */
  int holderPlace = -1;

  private boolean feeding;

  /** What was announced while frames waited; it follows them, if it has not ended by then. */
  private final List<Interruption> unannounced = new ArrayList<>(0);

  OutboundQueue(Hub hub, AccountSessions account, SubscribeOptions terms) {
    super(hub, account);
    this.slow = terms.slow();
    this.tellsGaps = terms.gaps();
  }

  /** Whether it gets events. */
  abstract boolean isOpen();

  /** Closes with a frame behind all that is queued; once, the first reason counts. */
  abstract void close(CloseReason why);

  /** Closes with a frame behind what is in the socket's queue; the kept events are lost. */
  abstract void closeWithoutBacklog(CloseReason why);

  /** Ends the connection without a word; the first reason counts. */
  abstract void cut(CloseReason why);

  /** From now on there is a client. */
  final void begin(FrameChannel channel) {
    this.channel = channel;
    channel.limitQueue(
        slow == SlowPolicy.LATEST
            ? NOTHING_BACK
            : Math.min(SOCKET_QUEUE_BYTES, hub.settings().queueLimitBytes()));
  }

  final boolean hasBegun() {
    return channel != null;
  }

  final FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: not opened (expected: opened)");
    }
    return channel;
  }

  /** Whether it has asked for a frame of the burst. */
  final boolean wantsAny() {
    return wanted != 0;
  }

  /** Whether it has asked for this frame of the burst. */
  final boolean wants(int place) {
    return (wanted & 1L << place) != 0;
  }

  /** Asks for a frame of the burst, which {@link #flush} will write. */
  final void want(int place) {
    wanted |= 1L << place;
  }

  /** What waits in this process for the client to read. */
  final long waitingBytes() {
    return channel().queuedBytes() + (backlog == null ? 0 : backlog.bytes());
  }

  /**
   * Writes what was asked for, in one go, as far as the client may let it wait.
   *
   * @return false if a fault has kept it from that
   */
  final boolean flush(WriteBatch burst) {
    long places = wanted;
    if (!isOpen()) {
      wanted = 0;
      drop(Long.bitCount(places));
      trace(burst, places, places, 0);
      return true;
    }
    long now = System.nanoTime();
    boolean failed = false;
    int taken = 0;
    try {
      beginFlush();
      write(burst, channel());
      taken = endFlush(burst, places & ~wanted, now);
      keep(burst);
    } catch (Throwable fault) {
      failed = true;
      fault(Step.WRITE, fault);
      taken += endFailedFlush(burst, places & ~wanted, now);
    }
    long left = wanted;
    wanted = 0;
    trace(burst, places, left, taken);
    if (left != 0 && !failed) {
      close(CloseReason.SLOW);
    }
    drop(Long.bitCount(left));
    settleCost();
    return !failed;
  }

  private int endFailedFlush(WriteBatch burst, long places, long beganNanos) {
    try {
      return endFlush(burst, places, beganNanos);
    } catch (Throwable fault) {
      fault(Step.SETTLE, fault);
      return 0;
    }
  }

  /**
   * Tells the traces of the burst's events, if it has any.
   *
   * @param left of the places, those that were not written
   * @param taken how many of the written ones the socket has taken, from the first
   */
  private void trace(WriteBatch burst, long places, long left, int taken) {
    if (burst.traced(places) == 0) {
      return;
    }
    try {
      hub.checkpoint().reached(Step.TRACE, account);
      tellTraces(burst, places, left, taken);
    } catch (Throwable fault) {
      // The client has its events all the same.
      hub.caught(Step.TRACE, account, fault);
    }
  }

  private void tellTraces(WriteBatch burst, long places, long left, int taken) {
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

  /** Writes what the socket's queue takes, and takes it out of {@link #wanted}. */
  private void write(WriteBatch burst, FrameChannel channel) {
    if (backlog != null) {
      return;
    }
    while (wanted != 0) {
      int place = Long.numberOfTrailingZeros(wanted);
      ByteBuf frame = burst.frame(place, channel.deflates());
      if (!takes(channel, frame)) {
        // A burst may be more than the room; what the socket takes of it does not wait.
        channel.flush();
        if (!takes(channel, frame)) {
          return;
        }
      }
      hub.checkpoint().reached(Step.WRITE, account);
      if (!isFlushing()) {
        await(burst.event(place).receivedNanos(), shared(burst, place));
      }
      wanted &= wanted - 1;
      channel.write(frame.retainedDuplicate());
    }
    hub.checkpoint().reached(Step.FLUSH, account);
    channel.flush();
  }

  private boolean takes(FrameChannel channel, ByteBuf frame) {
    return channel.isWritable() && fits(channel.queuedBytes(), frame);
  }

  /** Whether a client that is closed for more may have the frame too. */
  private boolean fits(long waitingBytes, ByteBuf frame) {
    return slow != SlowPolicy.CLOSE
        || waitingBytes == 0
        || waitingBytes + frame.readableBytes() <= hub.settings().queueLimitBytes();
  }

  /** Keeps what was not written, without the oldest if it becomes too much. */
  private void keep(WriteBatch burst) {
    if (wanted == 0) {
      return;
    }
    FrameChannel channel = channel();
    Backlog kept = backlog();
    while (wanted != 0) {
      int place = Long.numberOfTrailingZeros(wanted);
      ByteBuf frame = burst.frame(place, channel.deflates());
      if (!fits(channel.queuedBytes() + kept.bytes(), frame)) {
        break;
      }
      hub.checkpoint().reached(Step.KEEP, account);
      SharedFrame shared = burst.shared(place, channel.deflates());
      keep(kept, frame.retainedDuplicate(), shared, burst.event(place).receivedNanos());
      wanted &= wanted - 1;
      shorten(kept);
    }
    writable();
  }

  private static void keep(Backlog kept, ByteBuf frame, SharedFrame shared, long receivedNanos) {
    try {
      kept.add(frame, shared, receivedNanos);
    } catch (Throwable fault) {
      frame.release();
      throw fault;
    }
  }

  private Backlog backlog() {
    Backlog kept = backlog == null ? new Backlog(hub.metrics().gaps().clock()) : backlog;
    backlog = kept;
    return kept;
  }

  @Override
  final @Nullable SharedFrame shared(WriteBatch burst, int place) {
    return channel().isEncrypted() ? null : burst.shared(place, channel().deflates());
  }

  private void shorten(Backlog kept) {
    if (slow != SlowPolicy.CLOSE) {
      long limit = slow == SlowPolicy.LATEST ? 0 : hub.settings().queueLimitBytes();
      while (kept.events() > 1 && kept.bytes() > limit) {
        dropOldest(kept, 1, slow.toString());
      }
    }
  }

  /** Writes on what was kept, as far as the socket takes it. */
  @Override
  public final void writable() {
    Backlog kept = backlog;
    if (feeding || !isOpen()) {
      return;
    }
    if (kept == null) {
      announceLate();
      return;
    }
    // A flush can make the channel writable, which comes back here.
    feeding = true;
    try {
      FrameChannel channel = channel();
      while (channel.isWritable() && !kept.isEmpty()) {
        hub.checkpoint().reached(Step.FEED, account);
        writeNext(kept);
        if (kept.isEmpty() || !channel.isWritable()) {
          channel.flush();
        }
      }
    } finally {
      feeding = false;
    }
    if (kept.isEmpty()) {
      backlog = null;
      announceLate();
    }
    settleCost();
  }

  private void writeNext(Backlog kept) {
    FrameChannel channel = channel();
    Backlog.Entry next = kept.poll();
    if (next instanceof Backlog.Waiting event) {
      try {
        await(event.receivedNanos(), channel.isEncrypted() ? null : event.shared());
      } catch (Throwable fault) {
        event.frame().release();
        forgo(1);
        throw fault;
      } finally {
        event.shared().release();
      }
      channel.write(event.frame());
    } else if (next instanceof Backlog.Missing missing && tellsGaps) {
      channel.writeUncounted(Framing.text(missing.gap().text()));
    }
  }

  /** Tells the client that events may be missing from here on, until a gap ends that. */
  final void announce(Interruption interruption) {
    if (!isOpen()) {
      return;
    }
    if (backlog == null && channel().isWritable()) {
      channel().writeUncounted(Framing.text(interruption.text()));
      channel().flush();
    } else {
      unannounced.add(interruption);
    }
  }

  private void announceLate() {
    if (unannounced.isEmpty()) {
      return;
    }
    List<Interruption> late = List.copyOf(unannounced);
    unannounced.clear();
    late.forEach(this::announce);
  }

  /** Tells the client that events may be missing here. */
  final void tell(Gap gap) {
    unannounced.removeIf(open -> open.isEndedBy(gap));
    if (!isOpen()) {
      return;
    }
    hub.checkpoint().reached(Step.GAP, account);
    if (backlog == null && channel().isWritable()) {
      channel().writeUncounted(Framing.text(gap.text()));
      channel().flush();
    } else {
      backlog().add(gap);
      settleCost();
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

  /** Counts what waits for it alone; makes room if that has become too much. */
  final void settleCost() {
    hub.checkpoint().reached(Step.BUDGET, account);
    count();
  }

  private void count() {
    long cost = 0;
    if (!isClosed() && (awaited() != 0 || backlog != null)) {
      cost =
          (long) waiting() * WAITING_COST_BYTES
              + (channel().isEncrypted() ? channel().queuedBytes() : 0);
    }
    if (cost == costBytes) {
      return;
    }
    boolean more = cost > costBytes;
    if (costBytes == 0) {
      account.holders.add(this);
      took(System.nanoTime());
    } else if (cost == 0) {
      account.holders.remove(this);
    }
    long change = cost - costBytes;
    costBytes = cost;
    account.queue.use(change);
    if (more) {
      hub.eviction().check(account);
    }
  }

  /** How many frames wait for it. */
  final int waiting() {
    return awaited() + (backlog == null ? 0 : backlog.size());
  }

  /** All that waits for it, as if it shared nothing. */
  final long heldBytes() {
    return channel().untakenBytes()
        + (backlog == null ? 0 : backlog.bytes())
        + (long) waiting() * WAITING_COST_BYTES;
  }

  /**
   * Makes room for others: loses the older half of its events, if it would rather do so than be
   * closed; else it is closed, or cut if that was not enough.
   */
  final void giveUp() {
    Backlog kept = backlog;
    if (!isOpen() || kept == null || kept.events() == 0) {
      cut(CloseReason.SLOW);
    } else if (slow == SlowPolicy.CLOSE) {
      closeWithoutBacklog(CloseReason.SLOW);
    } else {
      dropOldest(kept, (kept.events() + 1) / 2, slow.toString());
    }
    settleCost();
  }

  private void dropOldest(Backlog kept, int events, String reason) {
    int before = kept.events();
    try {
      for (int i = 0; i < events; i++) {
        kept.dropOldest();
      }
    } finally {
      hub.metrics().dropped(account.book, reason, before - kept.events());
    }
  }

  /** What it has asked for leaves before it does anything else. */
  final void flushWanted() {
    if (wanted != 0) {
      hub.flush();
    }
  }

  /** Whether bytes wait for the client. Only to take some is a sign of life then. */
  final boolean isBehind(long nowNanos) {
    long untaken = channel().untakenBytes();
    settleCost();
    if (untaken == 0 && backlog == null) {
      untakenBytes = 0;
      return false;
    }
    if (untakenBytes == 0 || untakenBytes - untaken >= PROGRESS_BYTES) {
      took(nowNanos);
      untakenBytes = untaken;
    } else {
      untakenBytes = Math.max(untakenBytes, untaken);
    }
    return true;
  }

  /** What is kept goes before the close frame; its end is in sight. */
  final void pourBacklog() {
    Backlog kept = backlog;
    backlog = null;
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

  /** Drops the kept events, and leaves the gaps, which are the client's last word. */
  final void dropBacklog() {
    Backlog kept = backlog;
    if (kept != null) {
      dropOldest(kept, kept.events(), lossReason().label());
    }
  }

  /** The connection is gone, and what was kept with it. */
  final void forgetBacklog() {
    Backlog kept = backlog;
    backlog = null;
    try {
      count();
    } finally {
      if (kept != null) {
        drop(kept.clear());
      }
    }
  }
}
