package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.event.Gap;
import luna.sender.filter.FilterIndex;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Over 300 lines, for it is one thing: the states of a WebSocket, and what each does to its events.
/**
 * One WebSocket: its filter, its bounded queue, its life signs.
 *
 * <p>Shape: at most {@code QUEUE_LIMIT_BYTES} wait for the client; one frame alone may be larger.
 *
 * <p>Errors: a client that is over it is closed with {@link CloseReason#SLOW}, and what it did not
 * get is counted.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Session extends FilterIndex.Subscriber<Session> implements FrameChannel.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /** Of a frame in a queue: its entry, its view of the shared bytes, its time of receipt. */
  private static final int WAITING_COST_BYTES = 160;

  private static final long SECOND_NANOS = 1_000_000_000;

  /** Frames may come as many at once as in so much time. */
  private static final int BURST_SECONDS = 2;

  /** A message may be endless and yet have no bytes; none that ends needs so many pieces. */
  private static final int FRAGMENTS_LIMIT = 64;

  private enum State {
    OPEN,
    /** One side has sent its close frame; the client has until the deadline for the rest. */
    CLOSING,
    CLOSED
  }

  private final Hub hub;
  private final AccountSessions account;
  private final String requestId;
  private final SlowPolicy slow;
  private final boolean tellsGaps;
  private final long untilNanos;
  private final Runnable left;

  /** The hub's own. */
  int rosterPlace;

  private State state = State.OPEN;
  private @Nullable FrameChannel channel;
  private @Nullable CloseReason reason;

  /** The places in the hub's burst that this session wants. */
  private long wanted;

  /** Of the flush that is going on, where nothing was on its way before. */
  private boolean flushing;

  private int flushedFrames;
  private int failedFrames;

  /** For what flushes have left behind; a client that keeps up has none. */
  private @Nullable Receipts receipts;

  /** For what the socket does not take, where the client would rather lose it than be closed. */
  private @Nullable Backlog backlog;

  /** What this client's waiting frames cost beside those that it shares. */
  private long costBytes;

  private long messageBytes;
  private int messageFragments;
  private long lastInboundNanos;

  /** When the frames that came would have come at the limit of their rate. */
  private long paidUntilNanos;

  private long lastPingNanos;
  private long closeDeadlineNanos;
  private long writtenFrames;
  private long writtenFramesAtTick;
  private boolean awaitingPong;
  private boolean feeding;

  Session(
      Hub hub,
      AccountSessions account,
      Terms terms,
      String requestId,
      long untilNanos,
      Runnable left) {
    this.hub = hub;
    this.account = account;
    this.requestId = requestId;
    this.slow = terms.slow();
    this.tellsGaps = terms.gaps();
    this.untilNanos = untilNanos;
    this.left = left;
  }

  AccountSessions account() {
    return account;
  }

  /** Answers the handshake with 101; from then on there is a client. */
  void open(HttpServerRequest handshake) {
    FrameChannel channel = FrameChannel.upgrade(handshake, hub.framing(), this);
    this.channel = channel;
    lastInboundNanos = System.nanoTime();
    paidUntilNanos = lastInboundNanos;
    // Clients that come together are not pinged together.
    lastPingNanos =
        lastInboundNanos
            - ThreadLocalRandom.current().nextLong(hub.settings().pingInterval().toNanos() / 2 + 1);
    if (slow == SlowPolicy.LATEST) {
      channel.holdNothingBack();
    }
    hub.metrics().opened();
    LOG.atDebug()
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account.account)
        .log("WebSocket opened");
    channel.flush();
  }

  /**
   * Asks for a frame of the burst, which {@link #flush} will write.
   *
   * @return whether it is the first of this burst
   */
  boolean want(int place) {
    boolean first = wanted == 0;
    wanted |= 1L << place;
    return first;
  }

  /** Writes what was asked for, in one go, as far as the client may let it wait. */
  void flush(Burst burst) {
    if (state != State.OPEN) {
      drop(Long.bitCount(wanted));
      wanted = 0;
      return;
    }
    long places = wanted;
    long now = System.nanoTime();
    // What an earlier flush has left behind will be told first.
    flushing = receipts == null;
    CloseReason why = CloseReason.SLOW;
    try {
      if (slow == SlowPolicy.CLOSE) {
        write(burst, channel());
      } else {
        flushing = false;
        writeOrKeep(burst, channel());
      }
    } catch (RuntimeException fault) {
      // A fault of one session must not cost the others their events.
      LOG.atError().setCause(fault).log("Fault while writing events");
      why = CloseReason.INTERNAL;
    }
    long left = wanted;
    wanted = 0;
    if (flushing) {
      flushing = false;
      settle(burst, places & ~left, now);
    }
    if (left != 0 || why == CloseReason.INTERNAL) {
      close(why);
      drop(Long.bitCount(left));
    }
    settleCost();
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
      if (!flushing) {
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
        Backlog kept = backlog == null ? new Backlog() : backlog;
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
  public void writable() {
    Backlog kept = backlog;
    if (kept == null || feeding || state != State.OPEN) {
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
  void tell(Gap gap) {
    if (state != State.OPEN) {
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

  /** Beside shared frames, each that waits has its place in a queue; an encrypted one is a copy. */
  private void settleCost() {
    long cost = 0;
    if (state != State.CLOSED && (receipts != null || backlog != null)) {
      FrameChannel channel = channel();
      int waiting =
          (receipts == null ? 0 : receipts.size()) + (backlog == null ? 0 : backlog.events());
      cost =
          (long) waiting * WAITING_COST_BYTES + (channel.isEncrypted() ? channel.queuedBytes() : 0);
    }
    if (cost != costBytes) {
      account.queue.use(cost - costBytes);
      costBytes = cost;
    }
  }

  /** What became of the frames of one flush, in their order: taken, failed, or still on its way. */
  private void settle(Burst burst, long places, long now) {
    int taken = flushedFrames;
    int failed = failedFrames;
    flushedFrames = 0;
    failedFrames = 0;
    int delivered = 0;
    for (long left = places; left != 0; left &= left - 1) {
      long received = burst.event(Long.numberOfTrailingZeros(left)).receivedNanos();
      if (taken > 0) {
        taken--;
        delivered++;
        hub.metrics().delivered(now - received);
      } else if (failed > 0) {
        failed--;
        drop(1);
      } else {
        await(received);
      }
    }
    account.book.delivered(delivered);
  }

  /** A frame is on its way that no flush will tell about. */
  private void await(long receivedNanos) {
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

  private void drop(int frames) {
    hub.metrics()
        .dropped(account.book, (reason == null ? CloseReason.LOST : reason).label(), frames);
  }

  /** Closes with a frame behind all that is queued; once, the first reason counts. */
  void close(CloseReason why) {
    if (state == State.OPEN) {
      leave(why);
      pourBacklog();
      channel().close(why.code(), why.text());
    }
  }

  /** No more events; the end of the connection has until the deadline. */
  private void leave(CloseReason why) {
    if (wanted != 0) {
      hub.flush();
    }
    state = State.CLOSING;
    reason = why;
    closeDeadlineNanos = System.nanoTime() + hub.settings().closeTimeout().toNanos();
    hub.leave(this);
  }

  /** The sweep: pings, silence, a token's end, and close frames that nobody answered. */
  void tick(long nowNanos) {
    if (state == State.CLOSING && nowNanos - closeDeadlineNanos >= 0) {
      cut();
    } else if (state == State.OPEN && nowNanos - untilNanos >= 0) {
      close(CloseReason.EXPIRED);
    } else if (state == State.OPEN) {
      boolean reading = channel().queuedBytes() > 0 && writtenFrames != writtenFramesAtTick;
      writtenFramesAtTick = writtenFrames;
      settleCost();
      if (reading) {
        // A full socket that takes more is one whose peer has acknowledged what it had.
        lastInboundNanos = nowNanos;
      }
      keepAlive(nowNanos);
    }
  }

  private void keepAlive(long nowNanos) {
    awaitingPong &= lastInboundNanos - lastPingNanos < 0;
    long sincePing = nowNanos - lastPingNanos;
    if (awaitingPong && sincePing >= hub.settings().pongTimeout().toNanos()) {
      reason = CloseReason.SILENT;
      cut();
    } else if (!awaitingPong && sincePing >= hub.settings().pingInterval().toNanos()) {
      awaitingPong = true;
      lastPingNanos = nowNanos;
      channel().writePing();
    }
  }

  /** Ends the connection without a word: there is nobody who would answer. */
  void cut() {
    channel().cut();
  }

  @Override
  public boolean heed() {
    lastInboundNanos = System.nanoTime();
    // A bucket of tokens that needs neither a timer nor more than a number.
    int perSecond = hub.settings().inboundFramesPerSecond();
    paidUntilNanos = Math.max(paidUntilNanos, lastInboundNanos) + SECOND_NANOS / perSecond;
    if (paidUntilNanos - lastInboundNanos <= BURST_SECONDS * SECOND_NANOS) {
      return true;
    }
    close(CloseReason.POLICY);
    channel().deafen();
    return false;
  }

  @Override
  public void inbound(int bytes, boolean last) {
    messageBytes += bytes;
    messageFragments++;
    if (messageBytes > hub.settings().inboundMessageLimitBytes()
        || messageFragments > FRAGMENTS_LIMIT) {
      close(CloseReason.TOO_BIG);
    }
    if (last) {
      messageBytes = 0;
      messageFragments = 0;
    }
  }

  @Override
  public void violated(int closeCode) {
    close(CloseReason.ofViolation(closeCode));
  }

  @Override
  public void written() {
    writtenFrames++;
    if (flushing) {
      flushedFrames++;
    } else {
      hub.metrics().delivered(System.nanoTime() - arrived());
      account.book.delivered(1);
    }
  }

  @Override
  public void failed() {
    if (flushing) {
      failedFrames++;
    } else {
      arrived();
      drop(1);
    }
  }

  @Override
  public void closing() {
    if (state == State.OPEN) {
      leave(CloseReason.CLIENT);
    }
  }

  @Override
  public void closed() {
    boolean inOrder = state == State.CLOSING;
    state = State.CLOSED;
    CloseReason why = reason == null ? CloseReason.LOST : reason;
    reason = why;
    forgetBacklog();
    settleCost();
    hub.metrics().closed(why.label());
    (why.isOrdinary() ? LOG.atDebug() : LOG.atInfo())
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account.account)
        .addKeyValue("reason", why.label())
        .log("WebSocket closed");
    if (!inOrder) {
      hub.leave(this);
    }
    hub.ended(this);
    left.run();
  }

  /** What is kept goes before the close frame; its end is in sight. */
  private void pourBacklog() {
    Backlog kept = backlog;
    backlog = null;
    while (kept != null && !kept.isEmpty()) {
      writeNext(kept);
    }
  }

  private void forgetBacklog() {
    if (backlog != null) {
      drop(backlog.clear());
      backlog = null;
    }
  }

  private FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: " + state + " (expected: opened)");
    }
    return channel;
  }
}
