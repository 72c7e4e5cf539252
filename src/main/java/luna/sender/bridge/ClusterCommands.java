package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.RequestImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import luna.sender.config.RedisAddress;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to a Cluster: each one to the master that serves the slot of its key. There is one
 * {@link RedisLink} for each master.
 *
 * <p>How: {@link SlotQueue} has the commands of one slot and follows its redirects. The slot map is
 * read again when a link is lost or a node answers MOVED; until then, the node that MOVED names is
 * used. SCRIPT LOAD is sent to all masters, and again to each one that is connected later, before
 * all other commands.
 *
 * <p>Errors: {@link LinkListener#lost} reports that one link is lost, or that another node has
 * replaced a master. {@link LinkListener#connected} reports that all masters are connected. Without
 * a connection to its master, a command fails immediately; commands of other masters do not.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 *
 * <p>Why not the Cluster client of the library: it sends a redirected command again after those
 * that were sent later.
 */
final class ClusterCommands implements CommandLink, SlotMapReader.Listener, SlotQueue.Nodes {
  private static final Duration CLEANUP_INTERVAL = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisAddress address;
  private final String name;
  private final SteadyClock clock;
  private final LinkListener listener;
  private final SlotMapReader reader;

  /** The masters by their {@code host:port}. */
  private final Map<String, Master> masters = new HashMap<>();

  private final Map<Integer, SlotQueue> queues = new HashMap<>();
  private final Map<Integer, Move> moves = new HashMap<>();

  /** The scripts that were loaded, by their text. */
  private final Map<String, Request> scripts = new LinkedHashMap<>();

  private Set<SlotQueue> delayed = new HashSet<>();

  private @Nullable SlotMap map;
  private boolean complete;
  private boolean stopped;
  private long cleanupTimer = -1;

  /**
   * What a node has answered. It is preferred to the slot map for {@link SlotMap#MOVE_TIMEOUT}.
   *
   * @param owner {@code host:port} of the slot's master
   */
  private record Move(String owner, long sinceNanos) {}

  /** The link to a master. */
  private final class Master implements SlotQueue.Node, LinkListener {
    private final String hostAndPort;
    private final RedisLink link;
    private final long sinceNanos = System.nanoTime();
    private boolean used;

    Master(String hostAndPort) {
      this.hostAndPort = hostAndPort;
      this.link =
          new RedisLink(
              vertx,
              guard,
              address,
              new RedisClients(vertx, address, List.of(hostAndPort)),
              RedisLink.Kind.COMMANDS,
              name + "@" + hostAndPort,
              clock,
              this);
    }

    @Override
    public String hostAndPort() {
      return hostAndPort;
    }

    @Override
    public boolean isConnected() {
      return link.connected();
    }

    @Override
    public boolean isNew() {
      return !used && System.nanoTime() - sinceNanos < address.connectTimeout().toNanos();
    }

    @Override
    public Future<Response> send(Request request) {
      return link.send(request);
    }

    @Override
    public void connected() {
      used = true;
      scripts.values().forEach(link::send);
      check();
    }

    @Override
    public void lost(Gap.Cause cause) {
      reader.schedule();
      incomplete(cause);
    }

    @Override
    public void rejected(RedisFailureReason reason, String why) {
      // A server that cannot be connected is perhaps no master any more.
      reader.schedule();
      listener.rejected(reason, why);
    }

    @Override
    public void received(Response response) {}
  }

  ClusterCommands(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      String name,
      SteadyClock clock,
      LinkListener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.address = address;
    this.name = name;
    this.clock = clock;
    this.listener = listener;
    this.reader = new SlotMapReader(vertx, guard, address, name, this);
  }

  @Override
  public void start() {
    cleanupTimer = guard.periodic(vertx, GuardedTask.REDIS_TICK, CLEANUP_INTERVAL, this::cleanUp);
    reader.start();
  }

  @Override
  public void stop() {
    stopped = true;
    vertx.cancelTimer(cleanupTimer);
    reader.stop();
    masters.values().forEach(master -> master.link.stop());
  }

  @Override
  public boolean connected() {
    return complete;
  }

  @Override
  public Future<Response> send(Request request) {
    return guard.call(
        GuardedTask.REDIS_SEND,
        () -> {
          List<byte[]> arguments = ((RequestImpl) request).getArgs();
          if (request.command() == Command.SCRIPT) {
            return load(text(arguments, 1), request);
          }
          String key = key(request, arguments);
          return queue(SlotMap.slot(key)).send(key, request);
        },
        () -> {});
  }

  @Override
  public Future<List<Response>> batch(List<Request> requests) {
    return Future.all(requests.stream().map(this::send).toList()).map(all -> all.list());
  }

  @Override
  public String owner(String key) {
    SlotQueue.Node owner = owner(SlotMap.slot(key));
    return owner == null ? "" : owner.hostAndPort();
  }

  @Override
  public List<Function<Request, Future<Response>>> masters() {
    List<Function<Request, Future<Response>>> all = new ArrayList<>();
    masters.values().forEach(master -> all.add(master.link::send));
    return all;
  }

  @Override
  public Future<Boolean> verifyMaster() {
    return Future.succeededFuture(true);
  }

  @Override
  public boolean isSameServer(RedisLink other) {
    return other.connected() && complete;
  }

  /** Returns the key that decides where a command is executed. */
  private static String key(Request request, List<byte[]> arguments) {
    Command command = request.command();
    boolean script = command == Command.EVALSHA || command == Command.EVAL;
    return text(arguments, script ? 2 : command == Command.MEMORY ? 1 : 0);
  }

  private static String text(List<byte[]> arguments, int index) {
    return new String(arguments.get(index), UTF_8);
  }

  private SlotQueue queue(int slot) {
    return queues.computeIfAbsent(
        slot, number -> new SlotQueue(number, guard, address.commandTimeout(), this));
  }

  private Future<Response> load(String text, Request request) {
    scripts.put(text, request);
    List<Future<Response>> loaded =
        masters().stream().map(master -> master.apply(request)).toList();
    return loaded.isEmpty()
        ? Future.failedFuture(fault())
        : Future.all(loaded).map(all -> all.resultAt(0));
  }

  @Override
  public SlotQueue.@Nullable Node owner(int slot) {
    Move move = moves.get(slot);
    String owner = move != null ? move.owner() : map == null ? null : map.owner(slot);
    return owner == null ? null : masters.get(owner);
  }

  @Override
  public SlotQueue.Node named(String hostAndPort) {
    Master known = masters.get(hostAndPort);
    return known == null ? connect(hostAndPort) : known;
  }

  @Override
  public void moved(int slot, String owner) {
    moves.put(slot, new Move(owner, System.nanoTime()));
    named(owner);
    reader.schedule();
  }

  @Override
  public void resumeLater(SlotQueue queue) {
    if (delayed.isEmpty()) {
      guard.timer(vertx, GuardedTask.REDIS_SEND, SlotQueue.RETRY_DELAY, this::resumeDelayed);
    }
    delayed.add(queue);
  }

  private void resumeDelayed() {
    Set<SlotQueue> due = delayed;
    delayed = new HashSet<>();
    due.forEach(queue -> guard.run(GuardedTask.REDIS_SEND, queue::resume));
  }

  @Override
  public String fault() {
    return reader.fault().isEmpty() ? "no node of the Cluster serves the slot" : reader.fault();
  }

  private Master connect(String hostAndPort) {
    Master master = new Master(hostAndPort);
    masters.put(hostAndPort, master);
    master.link.start();
    return master;
  }

  @Override
  public boolean apply(SlotMap read) {
    map = read;
    long now = System.nanoTime();
    moves
        .entrySet()
        .removeIf(
            move ->
                move.getValue().owner().equals(read.owner(move.getKey()))
                    || now - move.getValue().sinceNanos() > SlotMap.MOVE_TIMEOUT.toNanos());
    read.masters().forEach(this::named);
    Set<String> used = new HashSet<>(read.masters());
    moves.values().forEach(move -> used.add(move.owner()));
    for (Master master : List.copyOf(masters.values())) {
      if (!used.contains(master.hostAndPort)) {
        masters.remove(master.hostAndPort);
        guard.run(GuardedTask.REDIS_SLOTS, master.link::stop);
        incomplete(Gap.Cause.REDIS_LOST);
      }
    }
    check();
    return masters.values().stream().allMatch(each -> each.isConnected() || each.isNew());
  }

  @Override
  public void readFailed() {}

  /** Reports that all masters are connected. */
  private void check() {
    SlotMap known = map;
    if (!complete
        && !stopped
        && known != null
        && known.masters().stream().allMatch(this::isConnected)) {
      complete = true;
      listener.connected();
    }
  }

  private boolean isConnected(String master) {
    Master known = masters.get(master);
    return known != null && known.isConnected();
  }

  private void incomplete(Gap.Cause cause) {
    if (complete) {
      complete = false;
      listener.lost(cause);
    }
  }

  private void cleanUp() {
    resumeDelayed(); // a fault may have lost their timer
    queues.values().removeIf(SlotQueue::isIdle);
  }
}
