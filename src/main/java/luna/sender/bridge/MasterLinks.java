package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * One connection for subscriptions to each master of a Cluster that serves slots.
 *
 * <p>How: {@link SlotMapReader} reads the slot map at the start, and when it may have changed.
 *
 * <p>Errors: {@link Listener#lost}. Lost connections are retried while the master serves slots.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
public final class MasterLinks implements SlotMapReader.Listener {
  private final Vertx vertx;
  private final RedisAddress address;
  private final String name;
  private final Metrics metrics;
  private final Listener listener;
  private final SlotMapReader reader;
  private final Map<String, Master> masters = new HashMap<>();

  private @Nullable SlotMap map;

  /** Receives the events of all connections. Masters are named by their {@code host:port}. */
  public interface Listener {
    void connected(String master);

    /**
     * Reports that a connection is lost, or that the master serves no slots any more.
     *
     * @param watermark what the master published before this time has arrived
     */
    void lost(String master, DualTimestamp watermark);

    /** Handles a push message, or an error reply. */
    void received(String master, Response response);

    /** Reports that slots may have other masters. Returns false to read the slot map again. */
    boolean slotsRead();

    /** Reports that a connection cannot be opened or used. */
    void rejected(RedisFailureReason reason);
  }

  private final class Master implements LinkListener {
    private final String hostAndPort;
    private final RedisLink link;

    Master(String hostAndPort) {
      this.hostAndPort = hostAndPort;
      this.link =
          new RedisLink(
              vertx,
              metrics.guard(),
              address,
              new RedisClients(vertx, address, List.of(hostAndPort)),
              RedisLink.Kind.SUBSCRIPTIONS,
              name + "@" + hostAndPort,
              metrics.gaps().clock(),
              this);
    }

    @Override
    public void connected() {
      listener.connected(hostAndPort);
    }

    @Override
    public void lost(Gap.Cause cause) {
      reader.schedule();
      listener.lost(hostAndPort, link.watermark());
    }

    @Override
    public void rejected(RedisFailureReason reason, String why) {
      reader.schedule();
      listener.rejected(reason);
    }

    @Override
    public void received(Response response) {
      listener.received(hostAndPort, response);
    }
  }

  /**
   * @param name of the connections, for the log
   */
  public MasterLinks(
      Vertx vertx, RedisAddress address, String name, Metrics metrics, Listener listener) {
    this.vertx = vertx;
    this.address = address;
    this.name = name;
    this.metrics = metrics;
    this.listener = listener;
    this.reader = new SlotMapReader(vertx, metrics.guard(), address, name, this);
  }

  public void start() {
    reader.start();
  }

  public void stop() {
    reader.stop();
    masters.values().forEach(master -> master.link.stop());
  }

  /** Reads the slot map again, because a node does not serve the expected slots. */
  public void slotsMayHaveChanged() {
    reader.schedule();
  }

  /** Returns the master that serves a channel, or null if there is none. */
  public @Nullable String owner(String channel) {
    return map == null ? null : map.owner(channel);
  }

  public boolean isConnected(String master) {
    Master known = masters.get(master);
    return known != null && known.link.connected();
  }

  /** Returns the connected masters. */
  public Set<String> connected() {
    return masters.keySet().stream().filter(this::isConnected).collect(Collectors.toSet());
  }

  /** Returns why there is no connection, or an empty text. */
  public String fault() {
    return masters.values().stream()
        .filter(master -> !master.link.connected())
        .map(master -> master.link.fault())
        .findFirst()
        .orElse(reader.fault());
  }

  /** Returns the time of which all older messages of a connected master have arrived. */
  public DualTimestamp watermark(String master) {
    Master known = masters.get(master);
    return known == null ? metrics.gaps().clock().now() : known.link.watermark();
  }

  /** Subscribes to a sharded channel. */
  public void subscribe(String master, String channel) {
    Master known = masters.get(master);
    if (known != null) {
      known.link.subscribe(Command.SSUBSCRIBE, channel);
    }
  }

  /** Sends an UNSUBSCRIBE for a channel that is not subscribed, which has an answer. */
  public void sendBarrier(String master, String channel) {
    Master known = masters.get(master);
    if (known != null) {
      known.link.send(Request.cmd(Command.UNSUBSCRIBE).arg(channel));
    }
  }

  @Override
  public boolean apply(SlotMap read) {
    map = read;
    for (String master : read.masters()) {
      if (!masters.containsKey(master)) {
        Master added = new Master(master);
        masters.put(master, added);
        added.link.start();
      }
    }
    boolean settled = listener.slotsRead();
    for (Master master : List.copyOf(masters.values())) {
      if (!read.masters().contains(master.hostAndPort)) {
        masters.remove(master.hostAndPort);
        DualTimestamp watermark = master.link.watermark();
        metrics.guard().run(GuardedTask.REDIS_SLOTS, master.link::stop);
        listener.lost(master.hostAndPort, watermark);
      }
    }
    return settled && masters.values().stream().allMatch(master -> master.link.connected());
  }

  @Override
  public void readFailed() {}
}
