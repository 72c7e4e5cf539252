package luna.sender.bridge;

import io.vertx.core.eventbus.Message;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.BridgeStatus;

/** Where a bridge has its channels from: one {@link Feed}, or one for each master of a Cluster. */
interface Feeds {
  /** What a bridge is told. */
  interface Listener {
    void message(String channel, byte[] payload);

    /** Events of the account are missing from now on; comes behind the last one before. */
    void interrupted(String account, Interruption interruption);

    /** Events of the account are missing no longer; comes before the first that is not. */
    void regained(String account, Gap gap);

    /** What is wrong with the subscriptions; called when it changes. */
    void changed(BridgeStatus.Condition condition);
  }

  void start();

  void stop();

  /** Subscribes, or finds it done; the demand gets its answer in either case. */
  void want(String channel, SubscriptionRequest demand, Message<SubscriptionRequest> message);

  void release(String channel, int hub);
}
