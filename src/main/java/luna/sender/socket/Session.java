package luna.sender.socket;

import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.log.RateLimitedLog;
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
final class Session extends OutboundQueue {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final RateLimitedLog LIMITED = RateLimitedLog.of(Session.class);

  private enum State {
    OPEN,
    /** A fault of this service has occurred: no more events, and it is closed in a moment. */
    FAILING,
    /** One side has sent its close frame; the client has until the deadline for the rest. */
    CLOSING,
    CLOSED
  }

  private final String requestId;
  private final long untilMillis;
  private final Runnable left;

  /** The hub's own. */
  int rosterPlace = -1;

  private State state = State.OPEN;
  private @Nullable CloseReason reason;

  /** It will leave the account, and the hub: the tasks are on the event loop. */
  private boolean leaving;

  private boolean ending;

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
      SubscribeOptions terms,
      String requestId,
      long untilMillis,
      Runnable left) {
    super(hub, account, terms);
    this.requestId = requestId;
    this.untilMillis = untilMillis;
    this.left = left;
  }

  AccountSessions account() {
    return account;
  }

  /** Answers the handshake with 101; from then on there is a client. */
  void open(HttpServerRequest handshake) {
    FrameChannel channel = FrameChannel.upgrade(handshake, hub.framing(), this);
    begin(channel);
    hub.metrics().opened();
    lastInboundNanos = System.nanoTime();
    paidUntilNanos = lastInboundNanos;
    // Clients that come together are not pinged together.
    lastPingNanos =
        lastInboundNanos
            - ThreadLocalRandom.current().nextLong(hub.settings().pingInterval().toNanos() / 2 + 1);
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
    if (state != State.OPEN) {
      return;
    }
    try {
      flushWanted();
      shut(why);
    } catch (Throwable fault) {
      fault(Step.CLOSE, fault);
    }
  }

  @Override
  void closeWithoutBacklog(CloseReason why) {
    reason = why;
    dropBacklog();
    shut(why);
  }

  private void shut(CloseReason why) {
    hub.checkpoint().reached(Step.CLOSE, account);
    leave(why);
    pourBacklog();
    channel().close(why.code(), why.text());
    settleCost();
  }

  /** No more events; the end of the connection has until the deadline. */
  private void leave(CloseReason why) {
    state = State.CLOSING;
    reason = why;
    closeDeadlineNanos = System.nanoTime() + hub.settings().closeTimeout().toNanos();
    retire();
  }

  /** Leaves the account; once the connection is gone, the hub too. */
  private void retire() {
    if (!leaving) {
      hub.leave(this);
      leaving = true;
    }
    if (state == State.CLOSED && !ending) {
      hub.ended(this);
      ending = true;
    }
  }

  /** Closes with 1011 as soon as the work that has failed is over, or cuts what can't be closed. */
  @Override
  public void fault(Step step, Throwable fault) {
    hub.caught(step, account, fault);
    if (state == State.OPEN) {
      state = State.FAILING;
      reason = CloseReason.INTERNAL;
    } else if (state == State.CLOSING) {
      closeDeadlineNanos = System.nanoTime();
    } else {
      return;
    }
    try {
      hub.later(this::endFaulty);
    } catch (Throwable worse) {
      // The sweep comes to it.
      hub.caught(Step.CLOSE, account, worse);
    }
  }

  private void endFaulty() {
    if (state == State.FAILING) {
      state = State.OPEN;
      close(CloseReason.INTERNAL);
    } else if (state == State.CLOSING) {
      cut();
    }
  }

  /** The sweep: pings, silence, a token's end, and close frames that nobody answered. */
  void tick(long nowNanos, long nowMillis) {
    hub.checkpoint().reached(Step.TICK, account);
    if (state == State.FAILING) {
      endFaulty();
    } else if (state == State.CLOSED) {
      retire();
    } else if (state == State.CLOSING && nowNanos - closeDeadlineNanos >= 0) {
      cut();
    } else if (state == State.OPEN && isOver(nowMillis)) {
      close(CloseReason.EXPIRED);
    } else if (state == State.OPEN && isBehind(nowNanos)) {
      expectProgress(nowNanos);
    } else if (state == State.OPEN) {
      keepAlive(nowNanos);
    }
  }

  /** A ping would only wait behind the rest, and what comes from the client says nothing of it. */
  private void expectProgress(long nowNanos) {
    long silence = hub.settings().pingInterval().toNanos() + hub.settings().pongTimeout().toNanos();
    if (nowNanos - takenNanos() >= silence) {
      cut(CloseReason.SILENT);
    }
  }

  /** Whether its token has expired, by the wall clock. */
  boolean isOver(long nowMillis) {
    return nowMillis >= untilMillis;
  }

  private void keepAlive(long nowNanos) {
    boolean lives = lastInboundNanos - lastPingNanos >= 0 || takenNanos() - lastPingNanos >= 0;
    awaitingPong &= !lives;
    long sincePing = nowNanos - lastPingNanos;
    if (awaitingPong && sincePing >= hub.settings().pongTimeout().toNanos()) {
      cut(CloseReason.SILENT);
    } else if (!awaitingPong && sincePing >= hub.settings().pingInterval().toNanos()) {
      awaitingPong = true;
      lastPingNanos = nowNanos;
      channel().writePing();
    }
  }

  @Override
  void cut(CloseReason why) {
    reason = reason == null ? why : reason;
    cut();
  }

  /** Ends the connection without a word: there is nobody who would answer. */
  void cut() {
    channel().cut();
  }

  @Override
  public boolean heed() {
    hub.checkpoint().reached(Step.INBOUND, account);
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
      flushWanted();
      leave(CloseReason.CLIENT);
    } else if (state == State.FAILING) {
      leave(CloseReason.INTERNAL);
    }
  }

  @Override
  public void closed() {
    if (state == State.CLOSED || !hasBegun()) {
      return;
    }
    state = State.CLOSED;
    CloseReason why = lossReason();
    reason = why;
    guard(this::retire);
    guard(left);
    guard(() -> hub.metrics().closed(why.label()));
    guard(this::forgetBacklog);
    guard(this::forgetAwaited);
    guard(() -> tellClosed(why));
  }

  /** One step of the end must not cost the others. */
  private void guard(Runnable step) {
    hub.metrics()
        .faults()
        .guard(
            Step.LEAVE.label(),
            account.account,
            () -> {
              step.run();
              hub.checkpoint().reached(Step.LEAVE, account);
            });
  }

  private void tellClosed(CloseReason why) {
    (why.isOrdinary() ? LOG.atDebug() : LIMITED.atInfo(why.label()))
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account.account)
        .addKeyValue("reason", why.label())
        .log("WebSocket closed");
  }
}
