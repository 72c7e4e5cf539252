package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Probes the connection of a link, because a dead peer cannot be distinguished from a quiet one.
 *
 * <p>How: the probe of a connection for commands is PING. The probe of a connection for
 * subscriptions is an UNSUBSCRIBE from a channel that was never subscribed, {@code
 * luna-sender-probe.{number}}. Redis replies with a push that names the channel, after all messages
 * that were published before.
 *
 * <p>See: {@link AnswerDeadline#isMissed} decides that a probe is unanswered, and {@link RedisLink}
 * reconnects then. Two other detectors find connections that answer probes but do not work: {@link
 * Canary} (no messages arrive) and {@link Feed#answered} (a SUBSCRIBE has no answer).
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LinkProbe {
  private static final String CHANNEL_PREFIX = "luna-sender-probe.";

  private final FaultGuard guard;
  private final RedisAddress address;
  private final RedisLink.Kind kind;
  private final SteadyClock clock;
  private final LinkFault fault;
  private final LinkListener listener;

  private AnswerDeadline deadline;
  private long probes;

  /** The channel of the last probe of a connection for subscriptions. */
  private String channel = "";

  private DualTimestamp sent;
  private DualTimestamp watermark;

  LinkProbe(
      FaultGuard guard,
      RedisAddress address,
      RedisLink.Kind kind,
      SteadyClock clock,
      LinkFault fault,
      LinkListener listener) {
    this.guard = guard;
    this.address = address;
    this.kind = kind;
    this.clock = clock;
    this.fault = fault;
    this.listener = listener;
    this.deadline = new AnswerDeadline(address.probeTimeout());
    this.watermark = clock.now();
    this.sent = watermark;
  }

  /** Begins to probe a new connection. */
  void connected() {
    deadline = new AnswerDeadline(address.probeTimeout());
    watermark = clock.now();
  }

  AnswerDeadline deadline() {
    return deadline;
  }

  /** Returns the receive watermark: all messages published before this time have arrived. */
  DualTimestamp watermark() {
    return watermark;
  }

  /** Sends a probe, unless the last one has no answer yet. */
  void send(Open open) {
    if (deadline.isPending()) {
      return;
    }
    AnswerDeadline asked = deadline;
    asked.asked(System.nanoTime());
    if (kind == RedisLink.Kind.COMMANDS) {
      guard.ask(
          GuardedTask.REDIS_PROBE,
          () -> open.connection().send(Request.cmd(Command.PING)),
          pong -> pong(asked, pong));
    } else {
      channel = CHANNEL_PREFIX + ++probes;
      sent = clock.now();
      open.connection().send(Request.cmd(Command.UNSUBSCRIBE).arg(channel));
    }
  }

  /** An error is an answer, too: Redis is loading its data, or does not permit PING. */
  private void pong(AnswerDeadline asked, AsyncResult<Response> pong) {
    if (asked != deadline) {
      return;
    }
    if (pong.succeeded()) {
      asked.answered();
      listener.probed("");
    } else if (RedisErrors.isAnswer(pong.cause())) {
      String error = RedisErrors.text(pong.cause());
      asked.answered();
      listener.rejected(fault.probeRejected(error), error);
      listener.probed(error);
    }
  }

  /**
   * Records that Redis answered the last probe with an error. It does not advance {@link
   * #watermark}.
   */
  void rejected() {
    deadline.answered();
  }

  /** Records that a response has arrived over the connection. */
  void heard(Response response) {
    deadline.heard(System.nanoTime());
    if (isAnswer(response) && isOfLastProbe(response)) {
      deadline.answered();
    }
  }

  /**
   * Handles the answer to a probe. During a failover this is called later than {@link #heard},
   * because older messages of the former master are delivered first.
   *
   * @return false if the response is no answer to a probe
   */
  boolean handle(Response response) {
    if (!isAnswer(response)) {
      return false;
    }
    if (isOfLastProbe(response)) {
      watermark = sent;
      listener.answered(sent);
    }
    return true;
  }

  private boolean isOfLastProbe(Response answer) {
    return answer.get(1).toString().equals(channel);
  }

  private static boolean isAnswer(Response response) {
    return PushKind.of(response).equals("unsubscribe")
        && String.valueOf(response.get(1)).startsWith(CHANNEL_PREFIX);
  }
}
