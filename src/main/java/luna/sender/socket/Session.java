package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.event.Event;
import luna.sender.filter.EventFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
final class Session implements FrameChannel.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum State {
    OPEN,
    /** One side has sent its close frame; the client has until the deadline for the rest. */
    CLOSING,
    CLOSED
  }

  private final Hub hub;
  private final AccountSessions account;
  private final EventFilter filter;
  private final String requestId;
  private final Receipts receipts = new Receipts();

  private State state = State.OPEN;
  private @Nullable FrameChannel channel;
  private @Nullable CloseReason reason;
  private boolean dirty;

  /** When the flush that is going on began, for its frames need no clock each; else 0. */
  private long flushNanos;

  private long messageBytes;
  private long lastInboundNanos;
  private long lastPingNanos;
  private long closeDeadlineNanos;
  private long writtenFrames;
  private long writtenFramesAtTick;
  private boolean awaitingPong;

  Session(Hub hub, AccountSessions account, EventFilter filter, String requestId) {
    this.hub = hub;
    this.account = account;
    this.filter = filter;
    this.requestId = requestId;
  }

  AccountSessions account() {
    return account;
  }

  EventFilter filter() {
    return filter;
  }

  /** Answers the handshake with 101; from then on there is a client. */
  void open(HttpServerRequest handshake) {
    FrameChannel channel = FrameChannel.upgrade(handshake, hub.decoderLimits(), this);
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
   * Hands a frame that the filter has passed to the client's queue; {@link #flush} sends it.
   *
   * @param frame shared with other sessions; a reference of its own is taken if it is kept
   */
  void offer(Event event, ByteBuf frame) {
    long queuedBytes = channel().queuedBytes();
    boolean fits =
        queuedBytes == 0 || queuedBytes + frame.readableBytes() <= hub.settings().queueLimitBytes();
    if (state == State.OPEN && fits) {
      receipts.add(event.receivedNanos());
      channel().write(frame.retainedDuplicate());
      if (!dirty) {
        dirty = true;
        hub.flushLater(this);
      }
    } else {
      close(CloseReason.SLOW);
      hub.metrics().dropped((reason == null ? CloseReason.LOST : reason).label(), 1);
    }
  }

  void flush() {
    dirty = false;
    flushNanos = System.nanoTime();
    channel().flush();
    flushNanos = 0;
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
    long now = flushNanos == 0 ? System.nanoTime() : flushNanos;
    hub.metrics().delivered(now - receipts.remove());
  }

  @Override
  public void failed() {
    receipts.remove();
    hub.metrics().dropped((reason == null ? CloseReason.LOST : reason).label(), 1);
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
  }

  private FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: " + state + " (expected: opened)");
    }
    return channel;
  }

  /** When each frame on its way was received, oldest first: a ring that grows when it is full. */
  private static final class Receipts {
    private long[] nanos = new long[4];
    private int first;
    private int size;

    void add(long receivedNanos) {
      if (size == nanos.length) {
        long[] larger = new long[size * 2];
        for (int i = 0; i < size; i++) {
          larger[i] = nanos[(first + i) % size];
        }
        nanos = larger;
        first = 0;
      }
      nanos[(first + size++) % nanos.length] = receivedNanos;
    }

    long remove() {
      long oldest = nanos[first];
      first = (first + 1) % nanos.length;
      size--;
      return oldest;
    }
  }
}
