package luna.sender.bridge;

import org.jspecify.annotations.Nullable;

/**
 * The answer of a Cluster node that does not serve a command's slot, or not all of its keys.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 *
 * @param slot the slot; -1 if it is not named
 * @param target {@code host:port} of the node to ask; empty to ask the same node again
 * @param onlyThisCommand whether the slot is being moved, so that later commands must ask its owner
 *     first
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">Cluster
 *     specification</a>
 */
record SlotRedirect(int slot, String target, boolean onlyThisCommand) {
  /**
   * Returns the redirect, or null if the error is none.
   *
   * @param error for example {@code MOVED 3999 127.0.0.1:6381}
   * @param asked {@code host:port} of the node that answered; its host is used where the error
   *     names none
   */
  static @Nullable SlotRedirect parse(String error, String asked) {
    if (error.startsWith("TRYAGAIN")) {
      return new SlotRedirect(-1, "", true);
    }
    boolean ask = error.startsWith("ASK ");
    int space = error.indexOf(' ');
    int colon = error.lastIndexOf(':');
    int second = error.indexOf(' ', space + 1);
    if (!(ask || error.startsWith("MOVED ")) || second < 0 || colon < second) {
      return null;
    }
    try {
      int slot = Integer.parseInt(error.substring(space + 1, second));
      int port = Integer.parseInt(error.substring(colon + 1));
      String host = error.substring(second + 1, colon);
      String known =
          host.isEmpty() || host.equals("?") ? asked.substring(0, asked.lastIndexOf(':')) : host;
      return new SlotRedirect(slot, RedisClients.hostAndPort(known, port), ask);
    } catch (NumberFormatException malformed) {
      return null;
    }
  }
}
