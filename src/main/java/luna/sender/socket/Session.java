package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.ServerWebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.config.WsSettings;
import luna.sender.event.Event;
import luna.sender.filter.EventFilter;
import luna.sender.ops.Metrics;
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
    /** The 101 is on its way; events wait in {@link #early}. */
    OPENING,
    OPEN,
    /** Our close frame is sent or queued; the client has until the deadline to answer. */
    CLOSING,
    CLOSED
  }

  private final Hub hub;
  private final String account;
  private final EventFilter filter;
  private final String requestId;
  private final WsSettings settings;
  private final Metrics metrics;
  private final Receipts receipts = new Receipts();
  private final List<ByteBuf> early = new ArrayList<>(0);

  private State state = State.OPENING;
  private @Nullable ServerWebSocket socket;
  private @Nullable FrameChannel channel;
  private @Nullable CloseReason reason;
  private boolean dirty;

  /** When the flush that is going on began, for its frames need no clock each; else 0. */
  private long flushNanos;

  private long earlyBytes;
  private long messageBytes;
  private long lastInboundNanos;
  private long lastPingNanos;
  private long closeDeadlineNanos;
  private long writtenFrames;
  private long writtenFramesAtTick;
  private boolean awaitingPong;

  Session(Hub hub, String account, EventFilter filter, String requestId) {
    this.hub = hub;
    this.account = account;
    this.filter = filter;
    this.requestId = requestId;
    this.settings = hub.settings();
    this.metrics = hub.metrics();
  }

  String account() {
    return account;
  }

  EventFilter filter() {
    return filter;
  }

  /** The upgrade is done: what came in the meantime leaves first. */
  void open(ServerWebSocket socket, HttpConnection connection) {
    this.socket = socket;
    channel = FrameChannel.of(connection, this);
    state = State.OPEN;
    lastInboundNanos = System.nanoTime();
    // Clients that come together are not pinged together.
    lastPingNanos =
        lastInboundNanos
            - ThreadLocalRandom.current().nextLong(settings.pingInterval().toNanos() / 2 + 1);
    socket.closeHandler(end -> closed());
    socket.exceptionHandler(failure -> LOG.debug("connection", failure));
    socket.shutdownHandler(shutdown -> close(CloseReason.SHUTDOWN));
    metrics.opened();
    LOG.atDebug()
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account)
        .log("WebSocket opened");
    early.forEach(channel::write);
    early.clear();
    channel.flush();
    if (reason != null) {
      close(reason);
    }
  }

  /** The upgrade failed: there never was a client. */
  void abort() {
    state = State.CLOSED;
    metrics.dropped(CloseReason.LOST.label(), early.size());
    early.forEach(ByteBuf::release);
    early.clear();
  }

  /**
   * Hands a frame that the filter has passed to the client's queue; {@link #flush} sends it.
   *
   * @param frame shared with other sessions; a reference of its own is taken if it is kept
   */
  void offer(Event event, ByteBuf frame) {
    long queuedBytes = channel == null ? earlyBytes : channel.queuedBytes();
    boolean fits =
        queuedBytes == 0 || queuedBytes + frame.readableBytes() <= settings.queueLimitBytes();
    if (state == State.OPEN && fits && channel != null) {
      receipts.add(event.receivedNanos());
      channel.write(frame.retainedDuplicate());
      if (!dirty) {
        dirty = true;
        hub.flushLater(this);
      }
    } else if (state == State.OPENING && fits) {
      receipts.add(event.receivedNanos());
      early.add(frame.retainedDuplicate());
      earlyBytes += frame.readableBytes();
    } else {
      close(CloseReason.SLOW);
      metrics.dropped((reason == null ? CloseReason.LOST : reason).label(), 1);
    }
  }

  void flush() {
    dirty = false;
    if (channel != null) {
      flushNanos = System.nanoTime();
      channel.flush();
      flushNanos = 0;
    }
  }

  /** Closes with a frame behind all that is queued; once, the first reason counts. */
  void close(CloseReason why) {
    CloseReason first = reason == null ? why : reason;
    if (state == State.OPENING || state == State.OPEN) {
      reason = first;
    }
    if (state != State.OPEN || socket == null) {
      // What is still opening is closed as soon as there is something to close.
      return;
    }
    state = State.CLOSING;
    closeDeadlineNanos = System.nanoTime() + settings.closeTimeout().toNanos();
    socket.close(first.code(), first.text());
    hub.leave(this);
  }

  /** The sweep: pings, silence, and close frames that nobody answered. */
  void tick(long nowNanos) {
    if (state == State.CLOSING && nowNanos - closeDeadlineNanos >= 0) {
      cut();
    } else if (state == State.OPEN && channel != null) {
      boolean reading = channel.queuedBytes() > 0 && writtenFrames != writtenFramesAtTick;
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
    if (awaitingPong && sincePing >= settings.pongTimeout().toNanos()) {
      reason = CloseReason.SILENT;
      cut();
    } else if (!awaitingPong && sincePing >= settings.pingInterval().toNanos()) {
      awaitingPong = true;
      lastPingNanos = nowNanos;
      channel().writePing();
    }
  }

  /** Ends the connection without a word: there is nobody who would answer. */
  void cut() {
    if (channel != null) {
      channel.cut();
    }
  }

  @Override
  public void inbound(int bytes, boolean last) {
    lastInboundNanos = System.nanoTime();
    messageBytes += bytes;
    if (messageBytes > settings.inboundMessageLimitBytes()) {
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
    metrics.delivered(now - receipts.remove());
  }

  @Override
  public void failed() {
    receipts.remove();
    metrics.dropped((reason == null ? CloseReason.LOST : reason).label(), 1);
  }

  private void closed() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    if (reason == null) {
      Short code = socket == null ? null : socket.closeStatusCode();
      reason = code == null || code == 1006 ? CloseReason.LOST : CloseReason.CLIENT;
    }
    metrics.closed(reason.label());
    (reason.isOrdinary() ? LOG.atDebug() : LOG.atInfo())
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account)
        .addKeyValue("reason", reason.label())
        .log("WebSocket closed");
    hub.leave(this);
    hub.ended(this);
  }

  private FrameChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("session: " + state + " (expected: OPEN)");
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
