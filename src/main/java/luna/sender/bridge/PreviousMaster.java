package luna.sender.bridge;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * The server to which a link was connected before the current one. It can still be a master, and
 * accept events, before the Sentinels list it as one.
 *
 * <p>How: the server is asked for its role until it answers that it is no master. After {@link
 * #UNLISTED_LIMIT} without an answer, the Sentinels' list is up to date.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class PreviousMaster {
  /** The interval at which the Sentinels ask a server for its role. */
  private static final Duration UNLISTED_LIMIT = Duration.ofSeconds(10);

  private final RedisClients clients;
  private final Predicate<String> receives;

  /** The {@code host:port} of the last connection; empty before the first one. */
  private String current = "";

  /** The {@code host:port} of the connection before it; empty if it needs no more questions. */
  private String previous = "";

  /** When the link last received from the previous server. */
  private long receivedNanos;

  /**
   * @param receives whether the link still receives from a server, by its {@code host:port}
   */
  PreviousMaster(RedisClients clients, Predicate<String> receives) {
    this.clients = clients;
    this.receives = receives;
  }

  /**
   * Records a new connection.
   *
   * @param hostAndPort of its server
   */
  void connected(String hostAndPort) {
    if (!hostAndPort.equals(current)) {
      previous = current;
      receivedNanos = System.nanoTime();
      current = hostAndPort;
    }
  }

  /** Returns whether the server may accept events that the link does not receive. */
  boolean isPending() {
    if (previous.isEmpty()) {
      return false;
    }
    long now = System.nanoTime();
    if (receives.test(previous)) {
      receivedNanos = now;
      return false;
    }
    if (now - receivedNanos > UNLISTED_LIMIT.toNanos()) {
      previous = "";
    }
    return !previous.isEmpty();
  }

  /** Asks the server for its role. Finds none if it is no master, or does not answer. */
  Future<SecondMasterSearch> search() {
    if (!isPending()) {
      return Future.succeededFuture(SecondMasterSearch.NONE);
    }
    String asked = previous;
    return clients
        .ifMaster(asked)
        .map(
            master -> {
              if (master.isEmpty() && previous.equals(asked)) {
                previous = "";
              }
              return new SecondMasterSearch(master.orElse(null), "");
            })
        .otherwise(SecondMasterSearch.NONE);
  }
}
