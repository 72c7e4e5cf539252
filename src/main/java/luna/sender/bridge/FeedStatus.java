package luna.sender.bridge;

import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Computes the state of a feed. Counts connected feeds in the metric of connections, and reports to
 * the feed's listener why the feed can serve no account.
 *
 * <p>How: a feed goes through these states:
 *
 * <ol>
 *   <li>disconnected: requests fail, and every confirmed subscription has an open gap;
 *   <li>connected: SUBSCRIBEs for all channels, the check channel and the canary are sent;
 *   <li>subscribed: Redis has answered all of them, and the gaps are closed, except those of
 *       rejected accounts;
 *   <li>ready: a canary has arrived, too.
 * </ol>
 *
 * <p>Example: Redis restarts while two accounts are subscribed.
 *
 * <table>
 *   <caption>The states of the feed</caption>
 *   <tr><th>Time</th><th>What happens</th><th>State</th><th>Fault</th></tr>
 *   <tr><td>0.0 s</td><td>the connection is closed; both accounts get an interruption</td>
 *       <td>disconnected</td><td>Redis is unavailable: the peer closed the connection</td></tr>
 *   <tr><td>1.2 s</td><td>the link has reconnected; 4 SUBSCRIBEs are sent</td>
 *       <td>connected</td><td>subscriptions are not confirmed yet</td></tr>
 *   <tr><td>1.3 s</td><td>Redis has confirmed all 4; both accounts get a gap</td>
 *       <td>subscribed</td><td>no canary has arrived</td></tr>
 *   <tr><td>1.4 s</td><td>the first canary has arrived</td>
 *       <td>ready</td><td>none</td></tr>
 * </table>
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedStatus {
  private final Metrics metrics;
  private final RedisLink link;
  private final FeedCheck check;
  private final GapReporter gaps;
  private final @Nullable Canary canary;
  private final Subscriptions subscriptions;
  private final SubscriptionBackend.Listener listener;

  /** Whether the connection is included in the metric of connections. */
  private boolean counted;

  private BridgeStatus.Condition reported = BridgeStatus.Condition.UNAVAILABLE;

  FeedStatus(
      Metrics metrics,
      RedisLink link,
      FeedCheck check,
      GapReporter gaps,
      @Nullable Canary canary,
      Subscriptions subscriptions,
      SubscriptionBackend.Listener listener) {
    this.metrics = metrics;
    this.link = link;
    this.check = check;
    this.gaps = gaps;
    this.canary = canary;
    this.subscriptions = subscriptions;
    this.listener = listener;
  }

  /** Records in the metrics whether the feed is connected. */
  void connected(boolean connected) {
    if (connected != counted) {
      counted = connected;
      metrics.redis().connected(connected ? 1 : -1);
    }
  }

  /** Reports the condition to the listener, if it has changed. */
  void update() {
    BridgeStatus.Condition now = new BridgeStatus.Condition(fault(), subscriptions.rejected());
    if (!now.equals(reported)) {
      reported = now;
      listener.changed(now);
    }
  }

  /** Returns why the feed can serve no account, or an empty text. */
  private String fault() {
    if (!link.connected()) {
      return link.fault();
    }
    if (!check.fault().isEmpty()) {
      return check.fault();
    }
    if (!check.isAnswered() || gaps.isOpen()) {
      return "subscriptions are not confirmed yet";
    }
    return canary == null || canary.isHealthy() ? "" : "no canary has arrived";
  }
}
