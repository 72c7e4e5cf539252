package luna.sender.bridge;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Channels whose slots have moved to another node while the old node still has the subscription.
 * The old node may still accept events from publishers with an old slot map.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class MovedChannels {
  private final RedisLink link;
  private final PubSub pubSub;
  private final Map<String, String> accounts = new HashMap<>();

  MovedChannels(RedisLink link, PubSub pubSub) {
    this.link = link;
    this.pubSub = pubSub;
  }

  boolean isEmpty() {
    return accounts.isEmpty();
  }

  /** Adds a channel that another feed subscribes to while it is still subscribed here. */
  void add(Subscription subscription) {
    accounts.put(subscription.channel, subscription.account);
  }

  /** Removes a channel that the node has unsubscribed, or serves again. */
  void remove(String channel) {
    accounts.remove(channel);
  }

  /** Unsubscribes a channel, because no hub uses it or the old node serves it no longer. */
  void unsubscribe(String channel) {
    if (accounts.remove(channel) != null) {
      link.unsubscribe(pubSub.unsubscribe, channel);
    }
  }

  void unsubscribeAll() {
    List.copyOf(accounts.keySet()).forEach(this::unsubscribe);
  }

  /** Returns the account of a channel, or null if the channel is not in this set. */
  @Nullable String account(String channel) {
    return accounts.get(channel);
  }

  List<String> accounts() {
    return List.copyOf(accounts.values());
  }

  /** Removes all channels, because the connection is lost. */
  void removeAll() {
    accounts.clear();
  }
}
