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
final class Holders {
  private final List<Recipient> clients = new ArrayList<>();

  void add(Recipient client) {
    client.holderPlace = clients.size();
    clients.add(client);
  }

  void remove(Recipient client) {
    Recipient last = clients.remove(clients.size() - 1);
    if (last != client) {
      clients.set(client.holderPlace, last);
      last.holderPlace = client.holderPlace;
    }
    client.holderPlace = -1;
  }

  /** Those that are there now. */
  List<Recipient> copy() {
    return new ArrayList<>(clients);
  }
}
