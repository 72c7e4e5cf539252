package luna.sender.socket;

import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket: its states, its life signs, the limits of what its client sends.
 *
 * <p>Errors: a client that misbehaves, is silent or has an old token is closed with its own {@link
 * CloseReason}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Session extends Recipient {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum State {
    OPEN,
    /** One side has sent its close frame; the client has until the deadline for the rest. */
    CLOSING,
    CLOSED
  }

  private final String requestId;
  private final long untilNanos;
  private final Runnable left;

  /** The hub's own. */
  int rosterPlace;

  private State state = State.OPEN;
  private @Nullable CloseReason reason;

  /** What came of a message whose end has not come. */
  private InboundLimits.@Nullable Message message;

  private long lastInboundNanos;

  /** When the frames that came would have come at the limit of their rate. */
  private long paidUntilNanos;

  private long lastPingNanos;
  private long closeDeadlineNanos;
  private boolean awaitingPong;

  Session(
      Hub hub,
      AccountSessions account,
      Terms terms,
      String requestId,
      long untilNanos,
      Runnable left) {
    super(hub, account, terms);
    this.requestId = requestId;
    this.untilNanos = untilNanos;
    this.left = left;
  }

  AccountSessions account() {
    return account;
  }

  /** Answers the handshake with 101; from then on there is a client. */
  void open(HttpServerRequest handshake) {
    FrameChannel channel = FrameChannel.upgrade(handshake, hub.framing(), this);
    begin(channel);
    lastInboundNanos = System.nanoTime();
    paidUntilNanos = lastInboundNanos;
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

  @Override
  boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  boolean isClosed() {
    return state == State.CLOSED;
  }

  @Override
  CloseReason lossReason() {
    return reason == null ? CloseReason.LOST : reason;
  }

  @Override
  void close(CloseReason why) {
    if (state == State.OPEN) {
      leave(why);
      pourBacklog();
      channel().close(why.code(), why.text());
    }
  }

  /** No more events; the end of the connection has until the deadline. */
  private void leave(CloseReason why) {
    flushWanted();
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
      if (hasRead()) {
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
    paidUntilNanos = hub.inbound.pay(paidUntilNanos, lastInboundNanos);
    if (hub.inbound.isInRate(paidUntilNanos, lastInboundNanos)) {
      return true;
    }
    close(CloseReason.POLICY);
    channel().deafen();
    return false;
  }

  @Override
  public void inbound(int bytes, boolean last) {
    InboundLimits.Message coming = message == null ? hub.inbound.message() : message;
    message = last ? null : coming;
    if (!coming.admits(bytes)) {
      close(CloseReason.TOO_BIG);
    }
  }

  @Override
  public void violated(int closeCode) {
    close(CloseReason.ofViolation(closeCode));
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
    CloseReason why = lossReason();
    reason = why;
    forgetBacklog();
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
}
