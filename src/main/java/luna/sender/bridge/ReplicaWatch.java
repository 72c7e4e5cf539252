package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to the replicas of a master. When a replica becomes the master, its events are
 * received immediately, and not only when the Sentinels name it.
 *
 * <p>How: a promoted replica closes its connections, or answers HELLO with its new role. Then it is
 * connected and subscribed by a pattern, and the confirmation and the messages are kept until the
 * link uses the connection. A former master, which the Sentinels list as a replica too, has never
 * had the role of a replica here, so it is not subscribed.
 *
 * <p>Errors: a replica that cannot be connected is retried. If too many messages are kept, or the
 * link does not use the connection in time, it is closed, and the events are missing.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class ReplicaWatch {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  private static final Duration TICK = Duration.ofMillis(100);

  /** How many replicas are watched. */
  private static final int REPLICAS_LIMIT = 3;

  private static final long BYTES_LIMIT = 32 << 20;
  private static final long PROMOTED_LIMIT_NANOS = Duration.ofSeconds(30).toNanos();

  /** How many lists of the Sentinels must lack a replica before it is forgotten. */
  private static final int ABSENCES_LIMIT = 3;

  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisClients clients;
  private final Duration listInterval;
  private final Duration answerTimeout;
  private final String pattern;
  private final Map<String, Replica> replicas = new HashMap<>();

  private long tickTimer = -1;
  private long listTimer = -1;
  private boolean stopped;

  /**
   * @param listInterval the time between two questions to the Sentinels
   * @param answerTimeout the time after which a silent connection is closed
   * @param pattern of the channels
   */
  ReplicaWatch(
      Vertx vertx,
      FaultGuard guard,
      RedisClients clients,
      Duration listInterval,
      Duration answerTimeout,
      String pattern) {
    this.vertx = vertx;
    this.guard = guard;
    this.clients = clients;
    this.listInterval = listInterval;
    this.answerTimeout = answerTimeout;
    this.pattern = pattern;
  }

  void start() {
    tickTimer = guard.periodic(vertx, GuardedTask.REDIS_MOVED, TICK, this::tick);
    listTimer = guard.periodic(vertx, GuardedTask.REDIS_MOVED, listInterval, this::list);
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(tickTimer);
    vertx.cancelTimer(listTimer);
    replicas.values().forEach(Replica::close);
    replicas.clear();
  }

  /** Returns the subscribed connection to a promoted replica, or null. The caller closes it. */
  @Nullable Open take(String hostAndPort) {
    Replica replica = replicas.get(hostAndPort);
    if (replica == null || replica.open == null || !replica.subscribed) {
      return null;
    }
    replica.given = replica.open;
    return replica.open;
  }

  /**
   * Ends the watch of a server, because the link uses it now. If the link uses the connection of
   * the watch, the kept messages are passed on.
   *
   * @return false if that connection has ended
   */
  boolean used(Open opened, Consumer<Response> messages) {
    Replica replica = replicas.remove(opened.hostAndPort());
    if (replica == null) {
      return true;
    }
    if (replica.open != opened) {
      replica.close();
      return replica.given != opened;
    }
    replica.open = null;
    replica.kept.forEach(messages);
    return true;
  }

  /** Returns the pattern of the subscription. */
  String pattern() {
    return pattern;
  }

  /** Returns whether the events of this server, a promoted replica, are kept for the link. */
  boolean keepsEventsOf(String hostAndPort) {
    Replica replica = replicas.get(hostAndPort);
    return replica != null && replica.subscribed;
  }

  /** Returns whether the events of any server are kept for the link. */
  boolean keepsEvents() {
    return replicas.values().stream().anyMatch(replica -> replica.subscribed);
  }

  private void list() {
    guard.ask(GuardedTask.REDIS_MOVED, clients::replicas, this::listed);
  }

  private void listed(AsyncResult<List<String>> answer) {
    if (answer.failed() || stopped) {
      return;
    }
    List<String> listed = answer.result();
    replicas
        .values()
        .removeIf(
            replica -> {
              replica.absences = listed.contains(replica.hostAndPort) ? 0 : replica.absences + 1;
              boolean forgotten = replica.absences >= ABSENCES_LIMIT && !replica.subscribed;
              if (forgotten) {
                replica.close();
              }
              return forgotten;
            });
    for (String hostAndPort : listed) {
      if (replicas.size() < REPLICAS_LIMIT) {
        replicas.computeIfAbsent(hostAndPort, Replica::new);
      }
    }
  }

  private void tick() {
    long now = System.nanoTime();
    List.copyOf(replicas.values()).forEach(replica -> replica.tick(now));
  }

  /** A server that was a replica when the Sentinels listed it. */
  private final class Replica {
    final String hostAndPort;
    final List<Response> kept = new ArrayList<>();

    @Nullable Open open;
    int absences;

    /** Whether it has answered that it is a replica. */
    boolean wasReplica;

    /** Whether it is a master, and its channels are subscribed. */
    boolean subscribed;

    /** The connection that the link was given last. */
    @Nullable Open given;

    private long bytes;
    private boolean connecting;
    private boolean asking;
    private long askedNanos;
    private long subscribedNanos;

    Replica(String hostAndPort) {
      this.hostAndPort = hostAndPort;
    }

    void tick(long now) {
      if (open == null) {
        connect();
      } else if (subscribed) {
        if (given != open && now - subscribedNanos > PROMOTED_LIMIT_NANOS) {
          forget();
        }
      } else if (!asking) {
        ask(open);
      } else if (now - askedNanos > answerTimeout.toNanos()) {
        lost(open);
      }
    }

    private void connect() {
      if (connecting) {
        return;
      }
      connecting = true;
      guard.ask(GuardedTask.REDIS_MOVED, () -> clients.openAt(hostAndPort), this::connected);
    }

    private void connected(AsyncResult<Open> answer) {
      connecting = false;
      if (answer.failed()) {
        return;
      }
      Open opened = answer.result();
      if (stopped || replicas.get(hostAndPort) != this) {
        opened.close();
        return;
      }
      open = opened;
      opened
          .connection()
          .handler(guard.handler(GuardedTask.REDIS_MOVED, this::received))
          .endHandler(guard.handler(GuardedTask.REDIS_MOVED, end -> lost(opened)))
          .exceptionHandler(guard.handler(GuardedTask.REDIS_MOVED, failure -> lost(opened)));
      ask(opened);
    }

    /** Asks for the role. */
    private void ask(Open asked) {
      asking = true;
      askedNanos = System.nanoTime();
      guard.ask(
          GuardedTask.REDIS_MOVED,
          () -> asked.connection().send(RedisConnector.hello()),
          answer -> {
            if (open == asked) {
              asking = false;
              if (answer.succeeded()) {
                answered(asked, String.valueOf(answer.result().get("role")));
              }
            }
          });
    }

    private void answered(Open asked, String role) {
      if (!role.equals("master")) {
        wasReplica = true;
      } else if (wasReplica && !subscribed) {
        subscribed = true;
        subscribedNanos = System.nanoTime();
        LOG.atInfo()
            .addKeyValue("server", hostAndPort)
            .log("A replica of Redis has become a master; receiving its events");
        asked.connection().send(Request.cmd(Command.PSUBSCRIBE).arg(pattern));
      }
    }

    private void received(Response response) {
      if (PushKind.of(response).equals("psubscribe")) {
        kept.add(response); // what is missing was published before it
      } else if (PushKind.isMessage(response)) {
        kept.add(response);
        bytes += PushKind.payload(response).length;
        if (bytes > BYTES_LIMIT) {
          forget();
        }
      }
    }

    /** Reconnects. What a promoted replica has sent before is not used without the rest. */
    private void lost(Open ended) {
      if (open != ended) {
        return;
      }
      reset();
      guard.run(GuardedTask.REDIS_MOVED, ended::close);
      if (replicas.get(hostAndPort) == this && !stopped) {
        connect();
      }
    }

    private void reset() {
      open = null;
      asking = false;
      subscribed = false;
      kept.clear();
      bytes = 0;
    }

    private void forget() {
      replicas.remove(hostAndPort, this);
      close();
    }

    void close() {
      Open left = open;
      reset();
      if (left != null) {
        left.close();
      }
    }
  }
}
