package luna.sender.socket;

import java.util.ArrayList;
import java.util.List;

/**
 * The clients of one account that have queued frames. They are few: most clients keep up.
 *
 * <p>How: each client stores its own index, so adding and removing take constant time.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class QueueingSessions {
  private final List<OutboundQueue> clients = new ArrayList<>();

  void add(OutboundQueue client) {
    client.queueingIndex = clients.size();
    clients.add(client);
  }

  void remove(OutboundQueue client) {
    OutboundQueue last = clients.remove(clients.size() - 1);
    if (last != client) {
      clients.set(client.queueingIndex, last);
      last.queueingIndex = client.queueingIndex;
    }
    client.queueingIndex = -1;
  }

  /** Returns a snapshot of the clients. */
  List<OutboundQueue> copy() {
    return new ArrayList<>(clients);
  }
}
