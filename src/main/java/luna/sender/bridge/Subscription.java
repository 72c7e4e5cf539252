package luna.sender.bridge;

import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.event.Demand;

/**
 * One account's subscription: who wants it, and whether Redis has confirmed it.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Subscription {
  final String account;

  /** Hubs of this process with clients for the account. */
  final Set<Integer> hubs = new HashSet<>();

  /** Demands that wait for Redis's confirmation. */
  private final List<Message<Demand>> waiting = new ArrayList<>();

  /** Its SUBSCRIBE is on its way. */
  boolean asked;

  /** Redis has confirmed it, on the connection of now. */
  boolean confirmed;

  Subscription(String account) {
    this.account = account;
  }

  void await(Message<Demand> demand) {
    waiting.add(demand);
  }

  void confirm() {
    asked = false;
    confirmed = true;
    waiting.forEach(demand -> demand.reply(null));
    waiting.clear();
  }

  void fail(int code, String text) {
    asked = false;
    confirmed = false;
    waiting.forEach(demand -> demand.fail(code, text));
    waiting.clear();
  }
}
