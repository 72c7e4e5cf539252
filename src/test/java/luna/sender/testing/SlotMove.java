package luna.sender.testing;

import io.vertx.redis.client.Response;

/**
 * Moves a slot with its keys from one master of a {@link TestCluster} to another, in the steps of
 * redis-cli.
 *
 * <p>Owner: one test thread.
 */
public final class SlotMove {
  private final TestCluster cluster;
  private final String slot;
  private final TestRedis from;
  private final TestRedis to;

  /**
   * @param key a key in the slot
   */
  public SlotMove(TestCluster cluster, String key, TestRedis from, TestRedis to) {
    this.cluster = cluster;
    this.slot = cluster.node(0).command("CLUSTER", "KEYSLOT", key).toString();
    this.from = from;
    this.to = to;
  }

  /** Runs all steps. */
  public void run() {
    begin();
    moveKeys();
    end();
  }

  /** From now on, the old master redirects commands for keys that it does not have. */
  public void begin() {
    to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", TestCluster.id(from));
    from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", TestCluster.id(to));
  }

  /** Moves all keys, one after another. */
  public void moveKeys() {
    while (moveKey()) {
      // There may be more.
    }
  }

  /** Moves one key. Returns false if there is none. */
  public boolean moveKey() {
    Response keys = from.command("CLUSTER", "GETKEYSINSLOT", slot, "1");
    if (keys.size() == 0) {
      return false;
    }
    String port = Integer.toString(to.port());
    from.command("MIGRATE", "127.0.0.1", port, "", "0", "5000", "KEYS", keys.get(0).toString());
    return true;
  }

  /** Makes the new master the owner of the slot. */
  public void end() {
    String id = TestCluster.id(to);
    to.command("CLUSTER", "SETSLOT", slot, "NODE", id);
    from.command("CLUSTER", "SETSLOT", slot, "NODE", id);
    for (TestRedis node : cluster.masters()) {
      node.command("CLUSTER", "SETSLOT", slot, "NODE", id);
    }
  }
}
