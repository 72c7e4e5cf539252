package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import luna.sender.bridge.RedisClients.Open;
import org.jspecify.annotations.Nullable;

/**
 * Result of the search for a second master after a failover. The replaced server remains a master,
 * and accepts events, until a Sentinel demotes it some ten seconds later.
 *
 * @param master a connection to a master that the Sentinels do not name; null if none was found
 * @param unreached the {@code host:port} of a listed master that could not be reached, or was not
 *     tried because of {@link #LIMIT}; empty if there is none
 */
record SecondMasterSearch(@Nullable Open master, String unreached) {
  static final SecondMasterSearch NONE = new SecondMasterSearch(null, "");

  /** How many servers one search queries; more than one replaced master at a time is rare. */
  static final int LIMIT = 2;

  /**
   * Returns the {@code host:port} of each server that last reported one of these roles.
   *
   * @param replicas the answer to SENTINEL REPLICAS; it lists a replaced master as a replica
   * @param roles accepts {@code master} or {@code slave}
   */
  static List<String> listed(Response replicas, Predicate<String> roles) {
    List<String> servers = new ArrayList<>();
    for (Response replica : replicas) {
      String flags = text(replica, "flags");
      // A server that the Sentinel lost may have reported its role long ago.
      boolean isReached = !flags.contains("s_down") && !flags.contains("disconnected");
      if (isReached && roles.test(text(replica, "role-reported"))) {
        servers.add(
            RedisClients.hostAndPort(text(replica, "ip"), Integer.parseInt(text(replica, "port"))));
      }
    }
    return servers;
  }

  private static String text(Response replica, String key) {
    Response value = replica.get(key);
    return value == null ? "" : value.toString();
  }
}
