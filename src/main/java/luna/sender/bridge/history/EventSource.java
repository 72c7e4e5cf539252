package luna.sender.bridge.history;

import io.vertx.core.Future;
import java.time.Duration;
import luna.sender.bridge.CommandLink;
import luna.sender.event.DualTimestamp;

/**
 * The subscription of a recorder to the channels of accounts: by a pattern ({@link
 * EventSubscription}), or to sharded channels ({@link ShardedSubscription}).
 *
 * <p>Owner: confined to its recorder's event loop.
 */
interface EventSource {
  /** A channel that is never subscribed. Redis answers UNSUBSCRIBE after all older messages. */
  String BARRIER = "luna-sender-recorder.";

  /** The time between two attempts to subscribe. */
  long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  /** Receives payloads and interruptions. */
  interface Listener {
    void heard(String account, byte[] payload);

    /** Reports that Redis has confirmed the subscription. */
    void confirmed();

    /**
     * Reports that the subscription has ended, and will be made again.
     *
     * @param completeUntil all events that were published before this time have arrived
     */
    void interrupted(DualTimestamp completeUntil);

    /**
     * Reports that events of a former master may be missing. The subscription goes on.
     *
     * @param completeUntil all events that were published before this time have arrived
     */
    void missed(DualTimestamp completeUntil);

    /** Reports that some accounts are interrupted; perhaps not on another recorder. */
    void partlyInterrupted();

    /**
     * Reports that an account is subscribed again.
     *
     * @param since all its events that were published before this time have arrived
     */
    void resumed(String account, DualTimestamp since);
  }

  void start();

  void stop();

  /** Returns whether events arrive. */
  boolean isConfirmed();

  /** Returns whether events arrive from the server to which the link is connected. */
  boolean isConfirmedAtServerOf(CommandLink commands);

  /** Returns when Redis confirmed the subscription, or the last interruption of some accounts. */
  long confirmedNanos();

  /** Returns the start of the time from which all events have arrived. */
  long sinceNanos();

  /** Returns the time until which all events have arrived. */
  DualTimestamp watermark();

  /** Checks whether the connection leads to the right server, and reconnects otherwise. */
  Future<Boolean> verifyMaster();

  /** Calls {@code next} when everything that is published by now has arrived. */
  void afterPublished(Runnable next);

  /** Retries subscriptions without an answer, and rejected ones. */
  void retry(long now);
}
