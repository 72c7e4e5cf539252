package luna.sender.socket;

import java.util.ArrayList;
import java.util.List;

/**
 * The clients of one account for which something waits: few, for most keep up.
 *
 * <p>Shape: a client knows its place, so that it comes and goes in constant time.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class BackloggedSessions {
  private final List<OutboundQueue> clients = new ArrayList<>();

  void add(OutboundQueue client) {
    client.holderPlace = clients.size();
    clients.add(client);
  }

  void remove(OutboundQueue client) {
    OutboundQueue last = clients.remove(clients.size() - 1);
    if (last != client) {
      clients.set(client.holderPlace, last);
      last.holderPlace = client.holderPlace;
    }
    client.holderPlace = -1;
  }

  /** Those that are there now. */
  List<OutboundQueue> copy() {
    return new ArrayList<>(clients);
  }
}
