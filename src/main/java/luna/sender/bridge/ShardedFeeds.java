package luna.sender.bridge;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Sharded Pub/Sub of a Cluster. Each channel is subscribed on the master that serves its slot, and
 * moves with the slot.
 *
 * <p>How: one {@link Feed} for each master that serves slots, even without subscriptions: a
 * handshake then needs no new connection, and an unreachable master is detected before a client
 * needs it. When a connection is lost or a node answers MOVED, {@link SlotMapReader} reads the slot
 * map again.
 *
 * <p>Errors: as of {@link Feed}. If no node serves a slot, requests fail as if Redis were
 * unavailable. {@link ClusterCondition} defines which of its masters make this node unready.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/#sharded-pubsub
 */
final class ShardedFeeds implements SubscriptionBackend, SlotMapReader.Listener {
  /** Stride for canary ids, so that they are unique per feed: the maximum number of bridges. */
  private static final int BRIDGES_LIMIT = 64;

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisAddress address;
  private final int index;
  private final String node;
  private final Metrics metrics;
  private final Listener listener;
  private final SlotMapReader reader;
  private final Map<String, Member> members = new HashMap<>();

  private @Nullable SlotMap map;
  private BridgeStatus.Condition condition = BridgeStatus.Condition.UNAVAILABLE;
  private boolean stopped;
  private int membersCreated;

  /** The feed of a master, and its condition. */
  private final class Member implements Feed.Listener {
    final String master;
    final Feed feed;
    BridgeStatus.Condition condition = BridgeStatus.Condition.UNAVAILABLE;
    private long movingSinceNanos;
    private boolean moving;

    Member(String master) {
      this.master = master;
      membersCreated++;
      Canary canary =
          address.canaryInterval().isZero()
              ? null
              : new Canary(
                  vertx, address, index + membersCreated * BRIDGES_LIMIT, node, false, metrics);
      feed =
          new Feed(
              vertx,
              guard,
              address,
              new RedisClients(vertx, address, List.of(master)),
              PubSub.SHARDED,
              "subscriber-" + index + "@" + master,
              canary,
              metrics,
              this);
    }

    /**
     * Returns whether the node still has moved channels after the timeout. It will then never
     * report that they have moved.
     */
    boolean isMoveOverdue() {
      long now = System.nanoTime();
      if (!moving) {
        movingSinceNanos = now;
      }
      moving = !feed.movedChannels().isEmpty();
      return moving && now - movingSinceNanos > SlotMap.MOVE_TIMEOUT.toNanos();
    }

    @Override
    public void message(String channel, byte[] payload) {
      listener.message(channel, payload);
    }

    @Override
    public void interrupted(String account, Interruption interruption) {
      listener.interrupted(account, interruption);
    }

    @Override
    public void gapEnded(String account, Gap gap) {
      listener.gapEnded(account, gap);
    }

    @Override
    public void confirmed(String account, Message<SubscriptionRequest> request) {
      listener.confirmed(account, request);
    }

    @Override
    public void ledgerGapEnded(GapLedger.Entry entry, DualTimestamp to) {
      listener.ledgerGapEnded(entry, to);
    }

    @Override
    public void changed(BridgeStatus.Condition now) {
      condition = now;
      check();
    }

    @Override
    public void ownersMayHaveChanged() {
      reader.schedule();
    }
  }

  ShardedFeeds(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      int index,
      String node,
      Metrics metrics,
      Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.address = address;
    this.index = index;
    this.node = node;
    this.metrics = metrics;
    this.listener = listener;
    this.reader = new SlotMapReader(vertx, guard, address, "subscriber-" + index, this);
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public void stop() {
    stopped = true;
    reader.stop();
    List.copyOf(members.values()).forEach(member -> member.feed.stop());
  }

  @Override
  public void acquire(
      String channel, SubscriptionRequest request, Message<SubscriptionRequest> message) {
    Member member = holder(channel);
    if (member == null) {
      member = owner(channel);
    }
    if (member == null) {
      message.fail(
          SubscriptionRequest.REDIS_UNAVAILABLE, "no node of the Cluster serves the account");
    } else {
      member.feed.acquire(channel, request, message);
    }
  }

  @Override
  public void release(String channel, int hub) {
    Member member = holder(channel);
    if (member != null) {
      member.feed.release(channel, hub);
      if (!member.feed.has(channel)) {
        members.values().forEach(other -> other.feed.movedChannels().unsubscribe(channel));
      }
    }
  }

  /**
   * Returns the member whose feed has the channel, or null. Until the slot map is read again, it
   * may not be the owner of the slot.
   */
  private @Nullable Member holder(String channel) {
    for (Member member : members.values()) {
      if (member.feed.has(channel)) {
        return member;
      }
    }
    return null;
  }

  private @Nullable Member owner(String channel) {
    String owner = map == null ? null : map.owner(channel);
    return owner == null ? null : members.get(owner);
  }

  /** A fault at one master does not affect the others. */
  @Override
  public boolean apply(SlotMap read) {
    map = read;
    boolean done = true;
    for (String master : read.masters()) {
      if (!members.containsKey(master)) {
        done &= guard.run(GuardedTask.REDIS_SLOTS, () -> start(master));
      }
    }
    for (Member member : List.copyOf(members.values())) {
      done &= guard.run(GuardedTask.REDIS_SLOTS, () -> apply(read, member));
    }
    check();
    return done && allSettled();
  }

  private boolean allSettled() {
    return members.values().stream()
        .allMatch(member -> member.feed.isConnected() && member.feed.movedChannels().isEmpty());
  }

  @Override
  public void readFailed() {
    check();
  }

  private void start(String master) {
    Member member = new Member(master);
    boolean started = false;
    try {
      member.feed.start();
      members.put(master, member);
      started = true;
    } finally {
      if (!started) {
        members.remove(master);
        member.feed.stop();
      }
    }
  }

  private void apply(SlotMap read, Member member) {
    // A replica receives what is published at its master, and never reports moved slots.
    boolean untilMoved = !read.isReplica(member.master);
    member.feed.migrate(
        channel -> {
          Member newOwner = owner(channel);
          return newOwner == null ? null : newOwner.feed;
        },
        untilMoved);
    if (!untilMoved || member.isMoveOverdue()) {
      member.feed.movedChannels().unsubscribeAll();
    }
    // Channels that no other node serves stay with this feed.
    if (!read.masters().contains(member.master) && member.feed.isEmpty()) {
      members.remove(member.master);
      member.feed.stop();
    } else {
      member.feed.subscribePending();
    }
  }

  private void check() {
    Map<String, BridgeStatus.Condition> masters = new LinkedHashMap<>();
    members.values().forEach(member -> masters.put(member.master, member.condition));
    BridgeStatus.Condition now =
        new BridgeStatus.Condition(fault(masters), ClusterCondition.rejected(masters));
    if (!now.equals(condition)) {
      condition = now;
      listener.changed(now);
    }
  }

  private String fault(Map<String, BridgeStatus.Condition> masters) {
    SlotMap known = map;
    if (stopped || known == null) {
      return reader.fault().isEmpty() ? BridgeStatus.Condition.UNAVAILABLE.fault() : reader.fault();
    }
    return ClusterCondition.fault(masters, known::isFailed);
  }
}
