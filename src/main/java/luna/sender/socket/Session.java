package luna.sender.socket;

import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.event.Position;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, of a WebSocket or of Server-Sent Events: its state, its keep-alive, and the limits on
 * what its client sends. Session layer 4 of 4.
 *
 * <p>How: one object per client, in layers that extend each other, because an event that is
 * delivered touches each object of each session. From the bottom:
 *
 * <ol>
 *   <li value="0">{@link luna.sender.filter.FilterIndex.Subscriber}: the position in the filter
 *       index
 *   <li>{@link DeliveryTracker}: counts each frame as delivered, dropped or pending
 *   <li>{@link OutboundQueue}: the client's bounded queue, and the loss when it is full
 *   <li>{@link BatchRecipient}: writes the events of a batch in one flush
 *   <li>{@link Session}: state, keep-alive, inbound limits
 * </ol>
 *
 * <p>See: {@link FrameChannel} answers pings and reads frames; {@link SseChannel} is the other kind
 * of channel.
 *
 * <p>Errors: a client that misbehaves, is silent or has an expired token is closed with the
 * matching {@link CloseReason}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Session extends BatchRecipient {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final RateLimitedLog LIMITED = RateLimitedLog.of(Session.class);

  /** Removes sessions that end. */
  interface Registry {
    /** Stops delivering to a session, after the event that is being delivered. */
    void leave(Session session);

    /** Removes a session whose connection is closed. */
    void remove(Session session);
  }

  private enum State {
    OPEN,
    /**
     * An internal fault has occurred: the session gets no more events and will be closed shortly.
     */
    FAILING,
    /**
     * One side has sent its close frame; the client has until the deadline to complete the close.
     */
    CLOSING,
    CLOSED
  }

  private final String requestId;

  /** Null without an operators' API. */
  private final @Nullable ClientInfo client;

  private final long expiresMillis;
  private final Runnable onDisconnect;

  /** The index in {@link SessionList}, or -1. */
  int listIndex = -1;

  /** The replay of the history; null for a session that gets live events. */
  private @Nullable Replay replay;

  /** Null for a client that gets no positions. */
  private final @Nullable PositionHeartbeat heartbeat;

  private State state = State.OPEN;
  private @Nullable CloseReason reason;

  /** Whether leaving the account is scheduled on the event loop. */
  private boolean leaveScheduled;

  private boolean endScheduled;

  /** The incomplete message that is being received. */
  private InboundLimits.@Nullable Message message;

  private long lastInboundNanos;

  /**
   * When the received frames would have arrived at exactly the rate limit: the theoretical arrival
   * time of the generic cell rate algorithm (GCRA).
   */
  private long theoreticalArrivalNanos;

  private long lastPingNanos;
  private long closeDeadlineNanos;
  private boolean awaitingPong;

  Session(
      LoopResources loop,
      AccountSessions account,
      SubscribeOptions options,
      String requestId,
      @Nullable ClientInfo client,
      long expiresMillis,
      Runnable onDisconnect) {
    super(loop, account, options);
    this.requestId = requestId;
    this.client = client;
    this.expiresMillis = expiresMillis;
    this.onDisconnect = onDisconnect;
    this.heartbeat =
        options.positions()
            ? new PositionHeartbeat(loop.settings().pingInterval(), !options.replays())
            : null;
  }

  AccountSessions account() {
    return account;
  }

  /** Returns what operators see of the client; null without an operators' API. */
  @Nullable ClientInfo client() {
    return client;
  }

  /** Returns the state of an open session, for operators. */
  ConnectionState state(ClientInfo of) {
    return new ConnectionState(
        of,
        account.account,
        requestId,
        slowPolicy(),
        replay != null,
        queuedBytes(),
        queuedFrames(),
        delivered(),
        dropped(),
        lag());
  }

  /** Sets the replay before the session is opened, and null when it has caught up. */
  void replay(@Nullable Replay running) {
    replay = running;
    if (isAttached()) {
      limitSocketQueue(running != null);
    }
  }

  @Nullable Replay replay() {
    return replay;
  }

  /** Returns the position up to which the client has been sent its events; null if unknown. */
  @Nullable Position position() {
    return replay == null ? account.live.resume() : replay.position();
  }

  /** Answers the request and attaches the channel. */
  void open(HttpServerRequest request, Transport transport, Map<String, String> responseHeaders) {
    ClientChannel channel = transport.open(request, responseHeaders, loop, this);
    attach(channel, replay != null);
    loop.metrics().clients().opened();
    lastInboundNanos = System.nanoTime();
    theoreticalArrivalNanos = lastInboundNanos;
    // Random, so that clients that connect together are not pinged together.
    lastPingNanos =
        lastInboundNanos
            - ThreadLocalRandom.current()
                .nextLong(loop.settings().pingInterval().toNanos() / 2 + 1);
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
  CloseReason dropReason() {
    return reason == null ? CloseReason.LOST : reason;
  }

  @Override
  void close(CloseReason why) {
    if (state != State.OPEN) {
      return;
    }
    try {
      flushMarked();
      sendClose(why);
    } catch (Throwable fault) {
      onFault(Step.CLOSE, fault);
    }
  }

  @Override
  void closeWithoutQueue(CloseReason why) {
    reason = why;
    dropFrameQueue();
    sendClose(why);
  }

  private void sendClose(CloseReason why) {
    loop.injectionPoint().reached(Step.CLOSE, account);
    beginClosing(why);
    drainFrameQueue();
    channel().close(why.code(), why.text());
    updateCost();
  }

  /** Stops the events. The connection must end before the deadline. */
  private void beginClosing(CloseReason why) {
    state = State.CLOSING;
    reason = why;
    closeDeadlineNanos = System.nanoTime() + loop.settings().closeTimeout().toNanos();
    detach();
  }

  /** Leaves the account, and is removed from the hub once the connection is closed. */
  private void detach() {
    if (!leaveScheduled) {
      loop.registry().leave(this);
      leaveScheduled = true;
    }
    if (state == State.CLOSED && !endScheduled) {
      loop.registry().remove(this);
      endScheduled = true;
    }
  }

  /**
   * Closes with 1011 once the failed work is over, or aborts a connection that cannot be closed.
   */
  @Override
  public void onFault(Step step, Throwable fault) {
    loop.faults().caught(step, account, fault);
    if (state == State.OPEN) {
      state = State.FAILING;
      reason = CloseReason.INTERNAL;
    } else if (state == State.CLOSING) {
      closeDeadlineNanos = System.nanoTime();
    } else {
      return;
    }
    try {
      loop.nextTask().execute(this::closeFailing);
    } catch (Throwable worse) {
      // The sweep closes it.
      loop.faults().caught(Step.CLOSE, account, worse);
    }
  }

  private void closeFailing() {
    if (state == State.FAILING) {
      state = State.OPEN;
      close(CloseReason.INTERNAL);
    } else if (state == State.CLOSING) {
      abort();
    }
  }

  /**
   * Handles the periodic sweep: sends pings, and detects silence, expired tokens and unanswered
   * close frames.
   */
  void tick(long nowNanos, long nowMillis) {
    loop.injectionPoint().reached(Step.CHECK, account);
    if (replay != null) {
      replay.tick(nowNanos);
    }
    if (state == State.FAILING) {
      closeFailing();
    } else if (state == State.CLOSED) {
      detach();
    } else if (state == State.CLOSING && nowNanos - closeDeadlineNanos >= 0) {
      abort();
    } else if (state == State.OPEN && isExpired(nowMillis)) {
      close(CloseReason.EXPIRED);
    } else if (state == State.OPEN && isBehind(nowNanos)) {
      checkProgress(nowNanos);
    } else if (state == State.OPEN) {
      keepAlive(nowNanos);
      if (heartbeat != null) {
        heartbeat.tick(this, nowNanos);
      }
    }
  }

  /**
   * Requires a client with queued bytes to read some of them. A ping would only be queued behind
   * these bytes, and frames from the client do not show that it reads.
   */
  private void checkProgress(long nowNanos) {
    long silence =
        loop.settings().pingInterval().toNanos() + loop.settings().pongTimeout().toNanos();
    if (nowNanos - lastProgressNanos() >= silence) {
      abort(CloseReason.SILENT);
    }
  }

  /** Returns whether the token has expired by the wall clock. */
  boolean isExpired(long nowMillis) {
    return nowMillis >= expiresMillis;
  }

  private void keepAlive(long nowNanos) {
    boolean lives =
        lastInboundNanos - lastPingNanos >= 0 || lastProgressNanos() - lastPingNanos >= 0;
    awaitingPong &= !lives;
    long sincePing = nowNanos - lastPingNanos;
    if (awaitingPong && sincePing >= loop.settings().pongTimeout().toNanos()) {
      abort(CloseReason.SILENT);
    } else if (!awaitingPong && sincePing >= loop.settings().pingInterval().toNanos()) {
      lastPingNanos = nowNanos;
      awaitingPong = channel().ping();
    }
  }

  @Override
  void abort(CloseReason why) {
    reason = reason == null ? why : reason;
    abort();
  }

  /** Closes the connection without a close frame: the client would not answer. */
  void abort() {
    channel().abort();
  }

  @Override
  public boolean onFrame() {
    loop.injectionPoint().reached(Step.READ, account);
    lastInboundNanos = System.nanoTime();
    theoreticalArrivalNanos =
        loop.inbound().arrivalAtLimit(theoreticalArrivalNanos, lastInboundNanos);
    if (loop.inbound().isWithinRate(theoreticalArrivalNanos, lastInboundNanos)) {
      return true;
    }
    close(CloseReason.POLICY);
    channel().discardInbound();
    return false;
  }

  @Override
  public void onMessageBytes(int bytes, boolean last) {
    InboundLimits.Message current = message == null ? loop.inbound().message() : message;
    message = last ? null : current;
    if (!current.admits(bytes)) {
      close(CloseReason.TOO_BIG);
    }
  }

  @Override
  public void onViolation(int closeCode) {
    close(CloseReason.ofViolation(closeCode));
  }

  @Override
  public void onCloseFrame() {
    if (state == State.OPEN) {
      flushMarked();
      beginClosing(CloseReason.CLIENT);
    } else if (state == State.FAILING) {
      beginClosing(CloseReason.INTERNAL);
    }
  }

  @Override
  public void onClosed() {
    if (state == State.CLOSED || !isAttached()) {
      return;
    }
    state = State.CLOSED;
    CloseReason why = dropReason();
    reason = why;
    guard(this::detach);
    guard(onDisconnect);
    guard(() -> loop.metrics().clients().closed(why.label()));
    guard(this::clearFrameQueue);
    guard(this::dropPending);
    guard(() -> logClosed(why));
  }

  /** Runs one step of the cleanup; a fault in it must not prevent the others. */
  private void guard(Runnable step) {
    loop.faults()
        .guard(
            Step.END,
            account,
            () -> {
              step.run();
              loop.injectionPoint().reached(Step.END, account);
            });
  }

  private void logClosed(CloseReason why) {
    (why.isOrdinary() ? LOG.atDebug() : LIMITED.atInfo(why.label()))
        .addKeyValue("request_id", requestId)
        .addKeyValue("account", account.account)
        .addKeyValue("reason", why.label())
        .log("WebSocket closed");
  }
}
