package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Maps the slots of a Cluster to the masters that serve them, as reported by one node.
 *
 * <p>Shape: the answer to {@code CLUSTER SHARDS}. A channel's slot is the CRC16 of its name modulo
 * 16384. If the name has a part in braces, only that part is hashed: {@code {a}:1} and {@code
 * {a}:2} have the same slot.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
final class SlotMap {
  /**
   * How long a node may have an old map: twice the default {@code cluster-node-timeout}, in which
   * all nodes learn of a move.
   */
  static final Duration MOVE_TIMEOUT = Duration.ofSeconds(30);

  private static final int SLOTS = 16_384;
  private static final int POLYNOMIAL = 0x1021;

  private record Range(int last, String master) {}

  /** The ranges by their first slot. */
  private final NavigableMap<Integer, Range> ranges = new TreeMap<>();

  private final Set<String> failed = new HashSet<>();
  private final Set<String> replicas = new HashSet<>();

  private SlotMap() {}

  /**
   * @param source the host that answered; used where the node reports no endpoint
   * @param ssl whether to use the ports for TLS
   */
  static SlotMap parse(Response shards, String source, boolean ssl) {
    SlotMap map = new SlotMap();
    for (Response shard : shards) {
      String master = map.master(shard.get("nodes"), source, ssl);
      map.addReplicas(shard.get("nodes"), source, ssl);
      Response slots = shard.get("slots");
      for (int i = 0; master != null && i + 1 < slots.size(); i += 2) {
        map.ranges.put(slots.get(i).toInteger(), new Range(slots.get(i + 1).toInteger(), master));
      }
    }
    return map;
  }

  /**
   * Returns the master of a shard. After a failover, the old and the new one may both be reported
   * as masters; returns the one that is online.
   */
  private @Nullable String master(Response nodes, String source, boolean ssl) {
    String found = null;
    for (Response node : nodes) {
      Response port = node.get(ssl ? "tls-port" : "port");
      if (!text(node, "role").equals("master") || port == null) {
        continue;
      }
      String master = hostAndPort(node, port, source);
      if (text(node, "health").equals("online")) {
        failed.remove(found);
        return master;
      }
      failed.add(master);
      found = master;
    }
    return found;
  }

  private static String hostAndPort(Response node, Response port, String source) {
    String endpoint = text(node, "endpoint");
    String host = endpoint.isEmpty() || endpoint.equals("?") ? source : endpoint;
    return RedisClients.hostAndPort(host, port.toInteger());
  }

  private void addReplicas(Response nodes, String source, boolean ssl) {
    for (Response node : nodes) {
      Response port = node.get(ssl ? "tls-port" : "port");
      if (port != null && !text(node, "role").equals("master")) {
        replicas.add(hostAndPort(node, port, source));
      }
    }
  }

  private static String text(Response node, String key) {
    Response value = node.get(key);
    return value == null ? "" : value.toString();
  }

  /**
   * Returns the {@code host:port} of the node that serves the channel, or null if there is none.
   */
  @Nullable String owner(String channel) {
    return owner(slot(channel));
  }

  /** Returns the {@code host:port} of the node that serves the slot, or null if there is none. */
  @Nullable String owner(int slot) {
    Map.Entry<Integer, Range> below = ranges.floorEntry(slot);
    return below == null || below.getValue().last < slot ? null : below.getValue().master;
  }

  /** Returns all masters that serve slots. */
  Set<String> masters() {
    Map<String, Boolean> masters = new HashMap<>();
    ranges.values().forEach(range -> masters.put(range.master, true));
    return masters.keySet();
  }

  boolean isReplica(String node) {
    return replicas.contains(node);
  }

  /** Returns whether the Cluster reports the master as failed. */
  boolean isFailed(String master) {
    return failed.contains(master);
  }

  static int slot(String channel) {
    int open = channel.indexOf('{');
    int close = open < 0 ? -1 : channel.indexOf('}', open + 1);
    String hashed = close > open + 1 ? channel.substring(open + 1, close) : channel;
    int crc = 0;
    for (byte b : hashed.getBytes(StandardCharsets.UTF_8)) {
      crc ^= (b & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ POLYNOMIAL;
      }
      crc &= 0xffff;
    }
    return crc % SLOTS;
  }
}
