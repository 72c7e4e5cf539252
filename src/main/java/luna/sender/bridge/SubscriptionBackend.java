package luna.sender.bridge;

import io.vertx.core.eventbus.Message;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.GapLedger;

/** Subscription backend of a bridge: one {@link Feed}, or one for each master of a Cluster. */
interface SubscriptionBackend {
  /** Receives payloads and notifications. */
  interface Listener {
    void message(String channel, byte[] payload);

    /** Reports that a gap of the account has begun. Called after the last event before the gap. */
    void interrupted(String account, Interruption interruption);

    /** Reports that the gap of the account has ended. Called before the first event after it. */
    void gapEnded(String account, Gap gap);

    /** Answers a subscribe request, because Redis has confirmed the subscription. */
    void confirmed(String account, Message<SubscriptionRequest> request);

    /** Ends an entry of the ledger, because the accounts are subscribed again. */
    void ledgerGapEnded(GapLedger.Entry entry, DualTimestamp to);

    /** Reports that the bridge's fault, or the accounts that Redis rejects, have changed. */
    void changed(BridgeStatus.Condition condition);
  }

  void start();

  void stop();

  /**
   * Subscribes the channel for a hub, unless it is subscribed already, and replies to the message
   * when Redis has confirmed it.
   */
  void acquire(String channel, SubscriptionRequest request, Message<SubscriptionRequest> message);

  /** Releases the channel for a hub, and unsubscribes when no hub uses it. */
  void release(String channel, int hub);
}
