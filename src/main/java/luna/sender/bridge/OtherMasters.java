package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import luna.sender.bridge.RedisClients.Open;
import org.jspecify.annotations.Nullable;

/**
 * The masters besides the one that the Sentinels name. A server that a failover has replaced
 * remains a master, and accepts events, until a Sentinel demotes it some ten seconds later.
 *
 * @param master a connection to one of them; null if none was found
 * @param unreached the {@code host:port} of one that is listed as a master but could not be asked;
 *     empty if there is none
 */
record OtherMasters(@Nullable Open master, String unreached) {
  static final OtherMasters NONE = new OtherMasters(null, "");

  /** How many servers one search asks; more than one replaced master at a time is rare. */
  static final int LIMIT = 2;

  /**
   * Returns the {@code host:port} of each server that last reported the role of a master.
   *
   * @param replicas the answer to SENTINEL REPLICAS; it lists a replaced master as a replica
   */
  static List<String> listed(Response replicas) {
    List<String> masters = new ArrayList<>();
    for (Response replica : replicas) {
      String flags = text(replica, "flags");
      // A server that the Sentinel lost may have reported its role long ago.
      boolean isReached = !flags.contains("s_down") && !flags.contains("disconnected");
      if (isReached && text(replica, "role-reported").equals("master")) {
        masters.add(
            RedisClients.hostAndPort(text(replica, "ip"), Integer.parseInt(text(replica, "port"))));
      }
    }
    return masters;
  }

  private static String text(Response replica, String key) {
    Response value = replica.get(key);
    return value == null ? "" : value.toString();
  }
}
