package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
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

  private enum State {
    OPEN,
    /** One side has sent its close frame; the client has until the deadline for the rest. */
    CLOSING,
    CLOSED
  }

  private final Hub hub;
  private final AccountSessions account;
  private final String requestId;
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

  private long messageBytes;
  private long lastInboundNanos;
  private long lastPingNanos;
  private long closeDeadlineNanos;
  private long writtenFrames;
  private long writtenFramesAtTick;
  private boolean awaitingPong;

  Session(Hub hub, AccountSessions account, String requestId, Runnable left) {
    this.hub = hub;
    this.account = account;
    this.requestId = requestId;
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
    // Clients that come together are not pinged together.
    lastPingNanos =
        lastInboundNanos
            - ThreadLocalRandom.current().nextLong(hub.settings().pingInterval().toNanos() / 2 + 1);
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
      write(burst, channel());
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
      queuedBytes += frame.readableBytes();
      wanted &= wanted - 1;
      if (!flushing) {
        await(burst.event(place).receivedNanos());
      }
      channel.write(frame.retainedDuplicate());
    }
    channel.flush();
  }

  /** What became of the frames of one flush, in their order: taken, failed, or still on its way. */
  private void settle(Burst burst, long places, long now) {
    int taken = flushedFrames;
    int failed = failedFrames;
    flushedFrames = 0;
    failedFrames = 0;
    for (long left = places; left != 0; left &= left - 1) {
      long received = burst.event(Long.numberOfTrailingZeros(left)).receivedNanos();
      if (taken > 0) {
        taken--;
        hub.metrics().delivered(now - received);
      } else if (failed > 0) {
        failed--;
        drop(1);
      } else {
        await(received);
      }
    }
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
    hub.metrics().dropped((reason == null ? CloseReason.LOST : reason).label(), frames);
  }

  /** Closes with a frame behind all that is queued; once, the first reason counts. */
  void close(CloseReason why) {
    if (state == State.OPEN) {
      leave(why);
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

  /** The sweep: pings, silence, and close frames that nobody answered. */
  void tick(long nowNanos) {
    if (state == State.CLOSING && nowNanos - closeDeadlineNanos >= 0) {
      cut();
    } else if (state == State.OPEN) {
      boolean reading = channel().queuedBytes() > 0 && writtenFrames != writtenFramesAtTick;
      writtenFramesAtTick = writtenFrames;
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
  public void inbound(int bytes, boolean last) {
    lastInboundNanos = System.nanoTime();
    messageBytes += bytes;
    if (messageBytes > hub.settings().inboundMessageLimitBytes()) {
      close(CloseReason.TOO_BIG);
    }
    if (last) {
      messageBytes = 0;
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

  private FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: " + state + " (expected: opened)");
    }
    return channel;
  }
}
