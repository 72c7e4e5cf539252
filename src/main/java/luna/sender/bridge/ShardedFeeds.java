package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.CauseText;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Sharded Pub/Sub of a Cluster. Each channel is subscribed on the master that serves its slot, and
 * moves with the slot.
 *
 * <p>Shape: one {@link Feed} for each master that serves slots, even without subscriptions: a
 * handshake then needs no new connection, and an unreachable master is detected before a client
 * needs it. When a connection is lost or a node answers MOVED, the slot map is read again, at most
 * once in {@link #PAUSE}.
 *
 * <p>Errors: as of {@link Feed}. If no node serves a slot, requests fail as if Redis were
 * unavailable. A master that the Cluster reports as failed does not make this node unready, because
 * no other instance could serve its slots either.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/#sharded-pubsub
 */
final class ShardedFeeds implements Feeds {
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration TICK = Duration.ofMillis(50);

  /**
   * How long an old node may keep moved channels: twice the default {@code cluster-node-timeout},
   * in which all nodes learn of a move.
   */
  private static final Duration MOVE_TIMEOUT = Duration.ofSeconds(30);

  /** Stride for canary ids, so that they are unique per feed: the maximum number of bridges. */
  private static final int BRIDGES_LIMIT = 64;

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisAddress address;
  private final int index;
  private final String node;
  private final Metrics metrics;
  private final Listener listener;
  private final RedisClients clients;
  private final Map<String, Member> members = new HashMap<>();

  private @Nullable SlotMap map;
  private boolean reading;

  /** Whether the slot map may have changed. */
  private boolean stale = true;

  /** The earliest time of the next read. */
  private long readNanos = System.nanoTime();

  private BridgeStatus.Condition condition = BridgeStatus.Condition.UNAVAILABLE;
  private boolean stopped;
  private String readFault = "";
  private long timer = -1;
  private final RateLimitedLog log =
      RateLimitedLog.reminding(ShardedFeeds.class, LinkFault.REMINDER);
  private int membersCreated;
  private int failedReads;

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
              : new Canary(vertx, address, index + membersCreated * BRIDGES_LIMIT, node, metrics);
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
      return moving && now - movingSinceNanos > MOVE_TIMEOUT.toNanos();
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
    public void changed(BridgeStatus.Condition now) {
      condition = now;
      check();
    }

    @Override
    public void ownersMayHaveChanged() {
      scheduleRead();
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
    this.clients = new RedisClients(vertx, address);
  }

  @Override
  public void start() {
    timer = guard.periodic(vertx, GuardedTask.REDIS_SLOTS, TICK, this::tick);
    read();
  }

  @Override
  public void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
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

  private void scheduleRead() {
    if (!stale) {
      // With jitter, because all bridges of all nodes detect a failed master at the same time.
      long delay = PAUSE.toMillis() + ThreadLocalRandom.current().nextLong(PAUSE.toMillis());
      readNanos = System.nanoTime() + Duration.ofMillis(delay).toNanos();
      stale = true;
    }
  }

  private void tick() {
    if (stale && !reading && !stopped && System.nanoTime() - readNanos >= 0) {
      read();
    }
  }

  private void read() {
    guard.ask(
        GuardedTask.REDIS_SLOTS,
        () -> {
          reading = true;
          stale = false;
          return clients.slots();
        },
        this::answered);
  }

  private void answered(AsyncResult<SlotMap> answer) {
    reading = false;
    if (stopped) {
      return;
    }
    boolean settled = false;
    try {
      if (answer.succeeded()) {
        failedReads = 0;
        readFault = "";
        settled = apply(answer.result()) && allSettled();
      } else if (++failedReads >= address.cluster().nodes().size()) {
        // A single node without an answer is normal; report a fault only when all nodes have
        // failed.
        readFault = Rights.excerpt(CauseText.of(answer.cause()));
        check();
        log.atWarn("slots")
            .addKeyValue("bridge", index)
            .addKeyValue("cause", CauseText.of(answer.cause()))
            .log("No Cluster node returned a slot map; retrying");
      }
    } finally {
      if (!settled) {
        scheduleRead();
      }
    }
  }

  private boolean allSettled() {
    return members.values().stream()
        .allMatch(member -> member.feed.isConnected() && member.feed.movedChannels().isEmpty());
  }

  /**
   * Applies a slot map. Returns whether it was applied to all masters; a fault at one does not
   * affect the others.
   */
  private boolean apply(SlotMap read) {
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
    return done;
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
    member.feed.handOver(
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
    BridgeStatus.Condition now = new BridgeStatus.Condition(fault(), refused());
    if (!now.equals(condition)) {
      condition = now;
      listener.changed(now);
    }
  }

  private String fault() {
    SlotMap known = map;
    if (stopped || known == null) {
      return readFault.isEmpty() ? BridgeStatus.Condition.UNAVAILABLE.fault() : readFault;
    }
    // A master that the Cluster reports as failed does not make this node unready, if another one
    // serves.
    boolean anyReady = false;
    String fault = "";
    for (Member member : members.values()) {
      anyReady |= member.condition.fault().isEmpty();
      if (!member.condition.fault().isEmpty()
          && (fault.isEmpty() || !known.isFailed(member.master))) {
        fault = member.master + ": " + member.condition.fault();
      }
    }
    boolean allServed =
        members.values().stream()
            .allMatch(
                member -> member.condition.fault().isEmpty() || known.isFailed(member.master));
    if (members.isEmpty()) {
      return "no node of the Cluster serves slots";
    }
    return anyReady && allServed ? "" : fault;
  }

  private String refused() {
    return members.values().stream()
        .filter(member -> !member.condition.refused().isEmpty())
        .map(member -> member.master + ": " + member.condition.refused())
        .collect(Collectors.joining("; "));
  }
}
