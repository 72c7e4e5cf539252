package luna.sender.bridge;

import io.vertx.core.Future;
import java.util.function.Predicate;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Checks periodically whether a link is connected to the right server. It detects that the
 * Sentinels name another master, that the host name has another address, and that a master besides
 * the named one accepts events.
 *
 * <p>Why it asks while the connection works: a replaced master can live on for seconds, with all
 * clients that are connected to it and without those that connect now.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class MasterWatch {
  private static final RateLimitedLog LOG = RateLimitedLog.of(RedisLink.class);

  private final FaultGuard guard;
  private final RedisClients clients;
  private final RedisLink.Kind kind;
  private final String name;
  private final SteadyClock clock;
  private final FormerMaster former;
  private final Listener listener;

  /**
   * When the last question was sent to the Sentinels, or the DNS, whose answer named the connected
   * server and no unconnected master; null if the server cannot move.
   */
  private @Nullable Moment confirmed;

  /** Whether the Sentinels, or the DNS, have not answered yet. */
  private boolean asking;

  /** Whether a search for other masters has not ended. */
  private boolean searching;

  /** Whether another master is not connected, so that events published there are missing. */
  private boolean unreached;

  /** Receives the results for the current connection. */
  interface Listener {
    /** Returns the current connection; null if there is none. */
    @Nullable Open open();

    /** Reports that another server is named instead of the connected one. */
    void replaced(String why);

    /**
     * Reports that another master was found and that the link receives from it. The channels must
     * be subscribed at both.
     */
    void found(Open other);

    /** Reports that no other master is unreached any more. */
    void reached();

    /** Reports that a fault occurred. Must not allocate memory. */
    void faulty();
  }

  /**
   * @param name the name of the link in the log
   */
  MasterWatch(
      FaultGuard guard,
      RedisClients clients,
      RedisLink.Kind kind,
      String name,
      SteadyClock clock,
      FormerMaster former,
      Listener listener) {
    this.guard = guard;
    this.clients = clients;
    this.kind = kind;
    this.name = name;
    this.clock = clock;
    this.former = former;
    this.listener = listener;
  }

  /** Records that the link asks for the server and connects to it. */
  void connecting() {
    if (clients.canMove()) {
      confirmed = clock.now();
    }
  }

  /** Returns the earlier of {@code covered} and the time at which the server was last confirmed. */
  Moment covered(Moment covered) {
    return confirmed == null ? covered : covered.orEarlier(confirmed);
  }

  /**
   * Searches for masters besides the server. If the search fails, {@link #check} repeats it, and
   * {@link #confirmed} does not advance before.
   */
  Future<OtherMasters> otherMasters(Open server) {
    return kind == RedisLink.Kind.COMMANDS
        ? Future.succeededFuture(OtherMasters.NONE)
        : clients.otherMasters(connectedWith(server)).otherwise(OtherMasters.NONE);
  }

  private Predicate<String> connectedWith(Open server) {
    return hostAndPort -> hostAndPort.equals(server.hostAndPort()) || former.isAt(hostAndPort);
  }

  /** Asks whether another server is named instead of the connected one. */
  void check() {
    Open current = listener.open();
    if (current == null || asking || !clients.canMove()) {
      return;
    }
    Moment asked = clock.now();
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

  private void answered(Open current, Moment asked, String movedTo) {
    if (!movedTo.isEmpty()) {
      listener.replaced(movedTo);
    } else if (kind == RedisLink.Kind.COMMANDS) {
      confirmed = asked;
    } else {
      search(current, asked);
    }
  }

  /**
   * Searches for another master. A connection that was made after a failover does not know the
   * former master, and a master that was unreachable during the failover may return as a master.
   */
  private void search(Open current, Moment asked) {
    if (searching) {
      return;
    }
    guard.ask(
        GuardedTask.REDIS_MOVED,
        () -> {
          searching = true;
          return clients.otherMasters(connectedWith(current));
        },
        answer -> {
          searching = false;
          if (answer.succeeded()) {
            searched(current, asked, answer.result());
          }
        });
  }

  private void searched(Open current, Moment asked, OtherMasters others) {
    boolean done = false;
    try {
      if (listener.open() == current) {
        searched(asked, others);
      }
      done = true;
    } finally {
      if (!done) {
        // A master may be connected without subscriptions.
        listener.faulty();
      }
      closeUnused(others);
    }
  }

  private void searched(Moment asked, OtherMasters others) {
    Open other = others.master();
    if (other == null && others.unreached().isEmpty()) {
      if (unreached) {
        listener.reached();
      }
      unreached = false;
      confirmed = asked;
      return;
    }
    follow(others);
    if (other != null && former.owns(other)) {
      listener.found(other);
    }
  }

  /** Receives from another master that was found, unless there is a former one already. */
  void follow(OtherMasters others) {
    Open other = others.master();
    String left = others.unreached();
    if (other != null && former.isActive()) {
      left = other.hostAndPort();
    } else if (other != null) {
      former.follow(other);
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
  void closeUnused(OtherMasters others) {
    Open other = others.master();
    if (other != null && !former.owns(other)) {
      other.close();
    }
  }
}
