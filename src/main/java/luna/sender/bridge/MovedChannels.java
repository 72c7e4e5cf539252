package luna.sender.bridge;

import io.vertx.redis.client.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Channels whose slots have moved to another node, and that the old owner has not ended yet: it may
 * still take what publishers with the old map send there.
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

  /** Another feed subscribes to it, and this one keeps its subscription. */
  void add(Subscription subscription) {
    accounts.put(subscription.channel, subscription.account);
  }

  /** The node has ended it, or serves it again. */
  void remove(String channel) {
    accounts.remove(channel);
  }

  /** Nobody wants it any longer. */
  void unsubscribe(String channel) {
    if (accounts.remove(channel) != null) {
      link.send(Request.cmd(pubSub.unsubscribe).arg(channel));
    }
  }

  void unsubscribeAll() {
    List.copyOf(accounts.keySet()).forEach(this::unsubscribe);
  }

  /** The account of a channel that is here, or null. */
  @Nullable String account(String channel) {
    return accounts.get(channel);
  }

  List<String> accounts() {
    return List.copyOf(accounts.values());
  }

  /** The connection is lost. */
  void removeAll() {
    accounts.clear();
  }
}
