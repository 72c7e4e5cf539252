package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Sends HELLO to a former master, at most one at a time, and numbers them.
 *
 * <p>Why HELLO: it needs no permission, its answer contains the role, and it arrives after all
 * messages that were sent before.
 *
 * <p>Errors: {@link #isMissed} if the master does not answer in time; {@link MasterHandover} then
 * ends.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class HelloProbe {
  private final FaultGuard guard;
  private final SteadyClock clock;
  private final Open open;
  private final Consumer<Response> received;
  private final BiConsumer<Gap.Cause, String> broken;
  private final AnswerDeadline deadline;

  private long number;
  private DualTimestamp sent;

  /**
   * @param watermark returned by {@link #sent} before the first HELLO
   * @param received handles the answer; it calls {@link #answered}
   * @param broken handles a closed connection
   */
  HelloProbe(
      FaultGuard guard,
      SteadyClock clock,
      Open open,
      Duration timeout,
      DualTimestamp watermark,
      Consumer<Response> received,
      BiConsumer<Gap.Cause, String> broken) {
    this.guard = guard;
    this.clock = clock;
    this.open = open;
    this.received = received;
    this.broken = broken;
    this.deadline = new AnswerDeadline(timeout);
    this.sent = watermark;
  }

  /** Sends a HELLO, unless one is pending. */
  void send() {
    if (deadline.isPending()) {
      return;
    }
    number++;
    sent = clock.now();
    deadline.asked(System.nanoTime());
    // If a push arrives before the answer, the Redis client discards the future, and passes the
    // answer to the connection's handler.
    guard.ask(
        GuardedTask.REDIS_FORMER,
        () -> open.connection().send(RedisConnector.hello()),
        answer -> {
          if (answer.succeeded()) {
            received.accept(answer.result());
          } else {
            failed(answer.cause());
          }
        });
  }

  /**
   * Handles a failure of HELLO. An error of Redis is no answer to it: the error belongs to an
   * earlier SUBSCRIBE, and the answer to HELLO comes to the connection's handler. If Redis rejects
   * HELLO itself, the deadline is missed.
   */
  private void failed(Throwable failure) {
    if (RedisErrors.isClosed(failure)) {
      // Perhaps the connection was closed before its handlers were set.
      broken.accept(Gap.Cause.REDIS_CLOSED, RedisErrors.text(failure));
    } else if (!RedisErrors.isAnswer(failure)) {
      // HELLO was not sent, because of a fault. The next call sends it again.
      deadline.answered();
    }
  }

  /** Records that data arrived. */
  void heard() {
    deadline.heard(System.nanoTime());
  }

  /** Records that the last HELLO was answered. */
  void answered() {
    deadline.answered();
  }

  /** Returns whether the last HELLO has no answer and should have one. */
  boolean isMissed(long now) {
    return deadline.isMissed(now);
  }

  /** Returns the number of the last HELLO. */
  long number() {
    return number;
  }

  /** Returns when the last HELLO was sent. */
  DualTimestamp sent() {
    return sent;
  }
}
