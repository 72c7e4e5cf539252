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
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels of a Cluster whose publishers use SPUBLISH: each is subscribed at the master that
 * serves its slot, and follows the slot.
 *
 * <p>Shape: one {@link Feed} for each master that serves slots, whether an account is wanted there
 * or not: a handshake does not wait for a connection, and a master that cannot be reached from here
 * is known before anybody needs it. When a feed is lost, or a node says that a slot is not its own,
 * the map of the slots is read anew, at most once in {@link #PAUSE}.
 *
 * <p>Errors: as those of {@link Feed}. A slot that nobody serves is one whose Redis is away. A
 * master that the Cluster itself has given up does not make this service unready, for no other
 * instance of it could do better.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/develop/interact/pubsub/#sharded-pubsub
 */
final class ShardedFeeds implements Feeds {
  private static final Logger LOG = LoggerFactory.getLogger(ShardedFeeds.class);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration TICK = Duration.ofMillis(50);

  /** Twice the default of {@code cluster-node-timeout}, in which all nodes learn of a move. */
  private static final Duration LEAVING_LIMIT = Duration.ofSeconds(30);

  /**
   * There are no more bridges than this, so the canaries of all feeds have numbers of their own.
   */
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

  /** The map may be another one by now. */
  private boolean stale = true;

  /** When it is read at the earliest. */
  private long readNanos = System.nanoTime();

  private BridgeStatus.Condition condition = BridgeStatus.Condition.AWAY;
  private boolean stopped;
  private String readFault = "";
  private long timer = -1;
  private long nextReminderNanos = System.nanoTime();
  private int made;
  private int failedReads;

  /** A master's feed, and what it has told. */
  private final class Member implements Feed.Listener {
    final String master;
    final Feed feed;
    BridgeStatus.Condition condition = BridgeStatus.Condition.AWAY;
    private long leavingSinceNanos;
    private boolean leaving;

    Member(String master) {
      this.master = master;
      made++;
      Canary canary =
          address.canaryInterval().isZero()
              ? null
              : new Canary(vertx, address, index + made * BRIDGES_LIMIT, node, metrics);
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

    /** A node that has not learned by now that it serves the slots no longer never will. */
    boolean isLeavingForLong() {
      long now = System.nanoTime();
      if (!leaving) {
        leavingSinceNanos = now;
      }
      leaving = !feed.left().isEmpty();
      return leaving && now - leavingSinceNanos > LEAVING_LIMIT.toNanos();
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
    public void regained(String account, Gap gap) {
      listener.regained(account, gap);
    }

    @Override
    public void changed(BridgeStatus.Condition now) {
      condition = now;
      check();
    }

    @Override
    public void unsettled() {
      readSoon();
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
  public void want(
      String channel, SubscriptionRequest demand, Message<SubscriptionRequest> message) {
    Member member = holder(channel);
    if (member == null) {
      member = owner(channel);
    }
    if (member == null) {
      message.fail(SubscriptionRequest.REDIS_AWAY, "no node of the Cluster serves the account");
    } else {
      member.feed.want(channel, demand, message);
    }
  }

  @Override
  public void release(String channel, int hub) {
    Member member = holder(channel);
    if (member != null) {
      member.feed.release(channel, hub);
      if (!member.feed.has(channel)) {
        members.values().forEach(other -> other.feed.left().unsubscribe(channel));
      }
    }
  }

  /** Whose feed has the channel now: until the map is read anew, not always that of its owner. */
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

  private void readSoon() {
    if (!stale) {
      // With jitter, for all bridges of all nodes find out at once that a master has died.
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
        // One that does not answer is no news: the next is asked.
        readFault = Rights.shown(String.valueOf(answer.cause().getMessage()));
        check();
        remind(answer.cause());
      }
    } finally {
      if (!settled) {
        readSoon();
      }
    }
  }

  private boolean allSettled() {
    return members.values().stream()
        .allMatch(member -> member.feed.isConnected() && member.feed.left().isEmpty());
  }

  /**
   * Returns whether all of it is done; a fault at one master leaves the others as they should be.
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
    // A replica has what is published at its master, and never says that it has moved.
    boolean untilMoved = !read.isReplica(member.master);
    member.feed.handOver(
        channel -> {
          Member heir = owner(channel);
          return heir == null ? null : heir.feed;
        },
        untilMoved);
    if (!untilMoved || member.isLeavingForLong()) {
      member.feed.left().unsubscribeAll();
    }
    // What no other node serves stays where it was, until one does.
    if (!read.masters().contains(member.master) && member.feed.isEmpty()) {
      members.remove(member.master);
      member.feed.stop();
    } else {
      member.feed.subscribeLeft();
    }
  }

  private void remind(Throwable cause) {
    long now = System.nanoTime();
    if (now - nextReminderNanos >= 0) {
      nextReminderNanos = now + LinkFault.REMINDER.toNanos();
      LOG.atWarn()
          .addKeyValue("bridge", index)
          .addKeyValue("cause", cause.getMessage())
          .log("No node says who serves the slots of the Cluster; asking again");
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
      return readFault.isEmpty() ? BridgeStatus.Condition.AWAY.fault() : readFault;
    }
    // A master that the Cluster has given up makes no node unready, if another one serves.
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
