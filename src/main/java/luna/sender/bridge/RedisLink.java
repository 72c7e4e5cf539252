package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to Redis that is reconnected whenever it is lost. It is probed periodically ({@link
 * LinkProbe}), and follows the master ({@link MasterMonitor}, {@link ActiveHandover}).
 *
 * <p>Errors: none reach the caller as exceptions. {@link LinkListener#lost} reports a lost
 * connection, and commands on a lost connection fail. A fault in the handling of a connection
 * renews it. Retries are polled by a periodic timer, so an exception delays but never loses them.
 *
 * <p>Owner: confined to the event loop that called {@link #start}.
 */
public final class RedisLink implements CommandLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  /** The purpose of a connection. */
  public enum Kind {
    COMMANDS,
    SUBSCRIPTIONS
  }

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisClients clients;
  private final RedisAddress address;
  private final Kind kind;
  private final String name;
  private final LinkListener listener;
  private final LinkFault fault;
  private final LossReport lossReport;
  private final LinkProbe probe;
  private final ActiveHandover former;
  private final MasterMonitor masters;
  private final LinkConnector connector;

  /** How many uncaught faults can have hit a connection of this event loop. */
  private AtomicInteger uncaught = new AtomicInteger();

  /** The value of {@link #uncaught} when the link connected. */
  private int uncaughtBefore;

  /** Null if this link subscribes to channels, and not by a pattern. */
  private @Nullable ReplicaWatch watch;

  private @Nullable Open open;
  private boolean stopped;
  private long probeTimer = -1;
  private long moveTimer = -1;
  private long tickTimer = -1;

  /**
   * Whether a fault has occurred in the handling of the connection. Its state is then unknown, so
   * the next tick renews it.
   */
  private boolean faulty;

  public RedisLink(
      Vertx vertx,
      FaultGuard guard,
      RedisAddress address,
      RedisClients clients,
      Kind kind,
      String name,
      SteadyClock clock,
      LinkListener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.clients = clients;
    this.address = address;
    this.kind = kind;
    this.name = name;
    this.listener = listener;
    this.fault = new LinkFault(name);
    this.lossReport = new LossReport(guard, fault, listener);
    this.probe = new LinkProbe(guard, address, kind, clock, fault, listener);
    Events events = new Events();
    this.former = new ActiveHandover(vertx, guard, address, name, clock, events);
    this.masters = new MasterMonitor(guard, clients, kind, name, clock, former, events);
    this.connector = new LinkConnector(guard, address, clients, masters, events);
  }

  /**
   * Also receives what a new master publishes before the Sentinels name it. Called before {@link
   * #start}.
   *
   * @param pattern the pattern of a later PSUBSCRIBE
   */
  public void watchReplicas(String pattern) {
    watch =
        new ReplicaWatch(
            vertx, guard, clients, address.probeInterval(), address.probeTimeout(), pattern);
    connector.watch(watch);
  }

  @Override
  public void start() {
    uncaught = guard.uncaughtHere();
    if (watch != null && clients.canMove()) {
      watch.start();
    }
    tickTimer =
        guard.periodic(vertx, GuardedTask.REDIS_TICK, probe.deadline().period(), this::tick);
    probeTimer =
        guard.periodic(vertx, GuardedTask.REDIS_PROBE, address.probeInterval(), this::probe);
    moveTimer =
        guard.periodic(vertx, GuardedTask.REDIS_MOVED, address.probeInterval(), masters::check);
    connect();
  }

  @Override
  public void stop() {
    stopped = true;
    vertx.cancelTimer(probeTimer);
    vertx.cancelTimer(moveTimer);
    vertx.cancelTimer(tickTimer);
    if (watch != null) {
      watch.stop();
    }
    clients.leaveSentinel();
    connector.cancel();
    former.close();
    if (open != null) {
      open.close();
      open = null;
    }
  }

  @Override
  public boolean connected() {
    return open != null;
  }

  /** Returns why there is no connection. */
  public String fault() {
    return fault.text();
  }

  /** Returns whether data arrives without a pause, so that answers are queued behind it. */
  boolean isBusy() {
    return probe.deadline().isBusy(System.nanoTime());
  }

  /**
   * Returns the receive watermark: all messages published before this time have arrived. It is the
   * time at which the last answered probe was sent, because data can be queued for long before it
   * is read.
   */
  public DualTimestamp watermark() {
    return masters.watermark(former.watermark(probe.watermark()));
  }

  /** Reconnects, because the connection answers probes but does not work. */
  public void renew(Gap.Cause cause, String why) {
    if (open != null) {
      lost(open, cause, why);
    }
  }

  @Override
  public boolean isSameServer(RedisLink other) {
    return open != null && other.open != null && open.isSameServer(other.open);
  }

  /** As {@link CommandLink#verifyMaster}, with the server that Sentinel or DNS names now. */
  @Override
  public Future<Boolean> verifyMaster() {
    return masters.verify();
  }

  /** Records that Redis answered the last probe with an error, so the probe does not time out. */
  void probeRejected() {
    probe.rejected();
  }

  @Override
  public Future<Response> send(Request request) {
    return send(request, () -> {});
  }

  /** As {@link CommandLink#batch}, in one write. */
  @Override
  public Future<List<Response>> batch(List<Request> requests) {
    return guard.call(
        GuardedTask.REDIS_SEND,
        () ->
            open == null
                ? Future.failedFuture(fault())
                : open.connection()
                    .batch(requests)
                    .recover(failure -> Future.failedFuture(RedisErrors.ofBatch(failure))),
        () -> faulty = true);
  }

  @Override
  public String owner(String key) {
    return "";
  }

  @Override
  public List<Function<Request, Future<Response>>> masters() {
    return List.of(this::send);
  }

  /**
   * Sends a SUBSCRIBE or PSUBSCRIBE. During a failover, it is also sent to the former master. A
   * link uses only one of the two commands.
   */
  public void subscribe(Command command, String channel) {
    send(Request.cmd(command).arg(channel), () -> former.subscribe(command, channel));
  }

  /** Sends an UNSUBSCRIBE. During a failover, it is also sent to the former master. */
  void unsubscribe(Command command, String channel) {
    send(Request.cmd(command).arg(channel), () -> former.unsubscribe(channel));
  }

  private Future<Response> send(Request request, Runnable before) {
    return guard.call(
        GuardedTask.REDIS_SEND,
        () -> {
          before.run();
          return open == null ? Future.failedFuture(fault()) : open.connection().send(request);
        },
        // After a fault, it is unknown whether Redis will answer.
        () -> faulty = true);
  }

  private void tick() {
    long now = System.nanoTime();
    former.tick(now);
    if (open == null) {
      if (lossReport.isPending()) {
        lossReport.send();
      } else if (connector.isDue(now)) {
        connect();
      }
    } else if (faulty || uncaught.get() != uncaughtBefore) {
      lost(open, Gap.Cause.FAULT, "a fault of this service");
    } else if (probe.deadline().isMissed(now)) {
      lost(
          open,
          Gap.Cause.REDIS_SILENT,
          "no answer to a probe within " + address.probeTimeout().toMillis() + " ms");
    }
  }

  private void probe() {
    if (open != null) {
      probe.send(open);
    }
  }

  private void connect() {
    faulty = false;
    uncaughtBefore = uncaught.get();
    connector.connect();
  }

  private void listen(Open opened) {
    opened
        .connection()
        .handler(guard.handler(GuardedTask.REDIS_RECEIVE, this::received, unread -> faulty = true))
        .endHandler(end -> broken(opened, Gap.Cause.REDIS_CLOSED, "the peer closed the connection"))
        .exceptionHandler(
            failure -> broken(opened, Gap.Cause.REDIS_LOST, RedisErrors.text(failure)));
  }

  private void received(Response response) {
    probe.heard(response);
    former.current(response);
  }

  private void broken(Open left, Gap.Cause cause, String why) {
    if (!guard.run(GuardedTask.REDIS_LOST, () -> lost(left, cause, why)) && open == left) {
      faulty = true;
    }
  }

  private void lost(Open left, Gap.Cause cause, String why) {
    if (open != left) {
      return;
    }
    if (former.isPresent()) {
      guard.run(GuardedTask.REDIS_FORMER, former::releaseAll);
    }
    lossReport.record(cause, why);
    open = null;
    connector.retryLater();
    guard.run(GuardedTask.REDIS_LOST, left::close);
    lossReport.send();
  }

  /** Receives the callbacks of the connector, the master monitor and the handover. */
  private final class Events
      implements LinkConnector.Listener, MasterMonitor.Listener, ActiveHandover.Listener {
    @Override
    public void established(Open opened, SecondMasterSearch others) {
      open = opened;
      fault.connected();
      probe.connected();
      former.closeIfSameServer(opened);
      masters.connected(opened, others);
      listen(opened);
      LOG.atInfo().addKeyValue("connection", name).log("Redis is connected");
      boolean ended = watch != null && !watch.used(opened, RedisLink.this::received);
      listener.connected();
      if (ended) {
        broken(opened, Gap.Cause.REDIS_CLOSED, "the peer closed the connection");
      }
    }

    @Override
    public boolean uses(Open server) {
      return open == server;
    }

    @Override
    public void rejected(String why) {
      listener.rejected(fault.rejected(why), why);
    }

    @Override
    public @Nullable Open open() {
      return open;
    }

    /** Connects to the new master. The old one can continue to send events for a while. */
    @Override
    public void replaced(String why) {
      Open left = open;
      if (left == null) {
        return;
      }
      MasterHandover handover =
          kind == Kind.SUBSCRIPTIONS ? former.handover(left, probe.watermark()) : null;
      former.endForNext();
      lossReport.record(Gap.Cause.REDIS_LOST, why);
      open = null;
      connector.retryNow();
      if (handover == null) {
        guard.run(GuardedTask.REDIS_LOST, left::close);
      } else {
        former.start(handover);
      }
      lossReport.send();
      if (!stopped && !lossReport.isPending()) {
        connect();
      }
    }

    @Override
    public boolean keepsEventsOf(String hostAndPort) {
      return watch != null && watch.keepsEventsOf(hostAndPort);
    }

    @Override
    public boolean keepsEvents() {
      return watch != null && watch.keepsEvents();
    }

    /**
     * Subscribes at both masters. Only the listener knows single channels, so the link reconnects
     * for them. The gap begins at the last search that did not find this other master.
     */
    @Override
    public void found(Open other) {
      if (watch == null) {
        renew(Gap.Cause.REDIS_LOST, other.hostAndPort() + " is a master too");
      } else {
        former.subscribeLate(Command.PSUBSCRIBE, watch.pattern());
      }
    }

    @Override
    public void reached() {
      listener.formerLost(Gap.Cause.REDIS_LOST, watermark());
    }

    @Override
    public void deliver(Response response) {
      if (!probe.handle(response)) {
        listener.received(response);
      }
    }

    @Override
    public void formerLost(Gap.Cause cause, DualTimestamp watermark) {
      listener.formerLost(cause, watermark);
    }

    @Override
    public void faulty() {
      faulty = true;
    }
  }
}
