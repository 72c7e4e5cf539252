package luna.sender.bridge;

import io.vertx.core.Future;
import java.util.function.Predicate;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.event.DualTimestamp;
import luna.sender.event.SteadyClock;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Checks periodically whether a link is connected to the right server. It detects that the
 * Sentinels name another master, that the host name has another address, and that a second server
 * acts as a master.
 *
 * <p>Why it checks while the connection works: after a failover the old master still serves its
 * existing clients for seconds, while new clients use the new master.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class MasterMonitor {
  private static final RateLimitedLog LOG = RateLimitedLog.of(RedisLink.class);

  private final FaultGuard guard;
  private final RedisClients clients;
  private final RedisLink.Kind kind;
  private final String name;
  private final SteadyClock clock;
  private final ActiveHandover former;
  private final PreviousMaster previous;
  private final Listener listener;

  /**
   * Until when this link had connections to all masters: when the last query was sent whose answer
   * named the connected server and only masters with a connection. Before the first query, when the
   * connection attempt began. Null if the address is fixed.
   */
  private @Nullable DualTimestamp confirmed;

  /** Whether a query to Sentinel or DNS is pending. */
  private boolean asking;

  /** Whether a search for other masters is pending. */
  private boolean searching;

  /** Whether another master is not connected, so that events published there are missing. */
  private boolean unreached;

  /** Receives the results for the current connection. */
  interface Listener {
    /** Returns the current connection; null if there is none. */
    @Nullable Open open();

    /**
     * Returns whether events of a server are kept until the Sentinels name it: it was a replica,
     * and has become a master.
     */
    boolean keepsEventsOf(String hostAndPort);

    /** Returns whether events of any server are kept in this way. */
    boolean keepsEvents();

    /** Reports that another server is named instead of the connected one. */
    void replaced(String why);

    /** Reports a connection to another master that was found, and has no subscriptions yet. */
    void found(Open other);

    /** Called when all known masters are connected again. */
    void reached();

    /** Reports a fault, which may be an OutOfMemoryError: must not allocate memory. */
    void faulty();
  }

  /**
   * @param name the name of the link in the log
   */
  MasterMonitor(
      FaultGuard guard,
      RedisClients clients,
      RedisLink.Kind kind,
      String name,
      SteadyClock clock,
      ActiveHandover former,
      Listener listener) {
    this.guard = guard;
    this.clients = clients;
    this.kind = kind;
    this.name = name;
    this.clock = clock;
    this.former = former;
    this.previous = new PreviousMaster(clients, this::receivesFrom);
    this.listener = listener;
  }

  /** Called at the start of a connection attempt. */
  void connecting() {
    if (clients.canMove()) {
      confirmed = clock.now();
    }
  }

  /** Called with a new connection, and the masters that a search found besides it. */
  void connected(Open opened, SecondMasterSearch others) {
    previous.connected(opened.hostAndPort());
    follow(others);
  }

  /**
   * Returns the earlier of {@code watermark} and the time at which the server was last confirmed.
   */
  DualTimestamp watermark(DualTimestamp watermark) {
    return confirmed == null ? watermark : watermark.orEarlier(confirmed);
  }

  /**
   * Searches for masters besides the server. If the search fails, {@link #check} retries it, and
   * {@link #confirmed} does not advance until it succeeds.
   */
  Future<SecondMasterSearch> otherMasters(Open server) {
    return kind == RedisLink.Kind.COMMANDS
        ? Future.succeededFuture(SecondMasterSearch.NONE)
        : clients.otherMasters(connectedWith(server)).otherwise(SecondMasterSearch.NONE);
  }

  private Predicate<String> connectedWith(Open server) {
    return hostAndPort -> hostAndPort.equals(server.hostAndPort()) || receivesFrom(hostAndPort);
  }

  private boolean receivesFrom(String hostAndPort) {
    return former.isAt(hostAndPort) || listener.keepsEventsOf(hostAndPort);
  }

  /** Checks whether Sentinel or DNS names another server instead of the connected one. */
  void check() {
    Open current = listener.open();
    if (current == null || asking || !clients.canMove()) {
      return;
    }
    DualTimestamp asked = clock.now();
    guard.ask(
        GuardedTask.REDIS_MOVED,
        () -> {
          asking = true;
          return clients.moved(current);
        },
        answer -> {
          asking = false;
          if (listener.open() == current && answer.succeeded()) {
            answered(current, asked, answer.result());
          }
        });
  }

  /**
   * Returns whether the connected server is still the one that Sentinel or DNS names. If it is not,
   * the listener is notified first. Fails if nobody answers.
   */
  Future<Boolean> verify() {
    Open current = listener.open();
    if (current == null || !clients.canMove()) {
      return Future.succeededFuture(current != null);
    }
    return clients
        .moved(current)
        .map(
            movedTo -> {
              if (listener.open() == current && !movedTo.isEmpty()) {
                listener.replaced(movedTo);
              }
              return listener.open() == current;
            });
  }

  private void answered(Open current, DualTimestamp asked, String movedTo) {
    if (!movedTo.isEmpty()) {
      listener.replaced(movedTo);
    } else if (kind == RedisLink.Kind.COMMANDS) {
      confirmed = asked;
    } else {
      search(current, asked);
    }
  }

  /**
   * Searches for another master from which this link does not receive: the old one, if the link
   * connected only after the failover; and one that was unreachable during the failover and came
   * back as a master.
   */
  private void search(Open current, DualTimestamp asked) {
    if (searching) {
      return;
    }
    guard.ask(
        GuardedTask.REDIS_MOVED,
        () -> {
          searching = true;
          return previous
              .search()
              .compose(
                  found ->
                      found.master() != null
                          ? Future.succeededFuture(found)
                          : clients.otherMasters(connectedWith(current)));
        },
        answer -> {
          searching = false;
          if (answer.succeeded()) {
            searched(current, asked, answer.result());
          }
        });
  }

  private void searched(Open current, DualTimestamp asked, SecondMasterSearch others) {
    boolean done = false;
    try {
      if (listener.open() == current) {
        searched(asked, others);
      }
      done = true;
    } finally {
      if (!done) {
        // The link may now have a connection to a master without its subscriptions, so reconnect.
        listener.faulty();
      }
      closeUnused(others);
    }
  }

  private void searched(DualTimestamp asked, SecondMasterSearch others) {
    Open other = others.master();
    if (other == null && others.unreached().isEmpty()) {
      if (unreached) {
        listener.reached();
      }
      unreached = false;
      if (!previous.isPending() && !listener.keepsEvents()) {
        confirmed = asked;
      }
      return;
    }
    follow(others);
    if (other != null && former.owns(other)) {
      listener.found(other);
    }
  }

  /** Receives from another master that was found, unless there is a former one already. */
  private void follow(SecondMasterSearch others) {
    Open other = others.master();
    String left = others.unreached();
    if (other != null && former.isActive()) {
      left = other.hostAndPort();
    } else if (other != null) {
      former.follow(other, confirmed == null ? clock.now() : confirmed);
    }
    unreached = !left.isEmpty();
    if (unreached) {
      LOG.atWarn("unreached")
          .addKeyValue("connection", name)
          .addKeyValue("server", left)
          .log("Another master of Redis is not connected; events published there are lost");
    }
  }

  /** Closes the connection to another master unless the link receives from it. */
  void closeUnused(SecondMasterSearch others) {
    Open other = others.master();
    if (other != null && !former.owns(other)) {
      other.close();
    }
  }
}
