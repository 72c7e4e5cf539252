package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import java.time.Duration;
import luna.sender.bridge.RedisClients.Open;
import luna.sender.config.RedisAddress;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connection of a link, and decides when the next attempt is due.
 *
 * <p>How: there is at most one attempt at a time. An attempt that takes longer than {@link
 * RedisClients#openLimit} is abandoned: the next one is due, and the late result is closed.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LinkConnector {
  private final FaultGuard guard;
  private final RedisClients clients;
  private final MasterMonitor masters;
  private final Listener listener;
  private final ReconnectDelay delay;
  private @Nullable ReplicaWatch watch;

  /** The number of the current attempt. Results of other attempts are not used. */
  private int current;

  /** When the next attempt is due. */
  private long dueNanos = System.nanoTime();

  /** Receives the results. */
  interface Listener {
    /** Begins to use a connection. */
    void established(Open server, SecondMasterSearch others);

    /**
     * Returns whether the link now uses this connection; it may, although {@link #established}
     * threw.
     */
    boolean uses(Open server);

    /** Reports that an attempt has failed. */
    void rejected(String why);

    /**
     * Called if {@link #established} threw after installing the connection; the owner must
     * reconnect. Must not allocate memory.
     */
    void faulty();
  }

  /** A new connection, and the result of the search for other masters. */
  private record Opened(Open server, SecondMasterSearch others) {}

  LinkConnector(
      FaultGuard guard,
      RedisAddress address,
      RedisClients clients,
      MasterMonitor masters,
      Listener listener) {
    this.guard = guard;
    this.clients = clients;
    this.masters = masters;
    this.listener = listener;
    this.delay = new ReconnectDelay(address);
  }

  /** Uses the connections of a watch. */
  void watch(ReplicaWatch started) {
    watch = started;
  }

  boolean isDue(long now) {
    return now - dueNanos >= 0;
  }

  /** Starts an attempt. */
  void connect() {
    int attempt = ++current;
    dueNanos = System.nanoTime() + clients.openLimit().toNanos();
    masters.connecting();
    guard.ask(
        GuardedTask.REDIS_CONNECT,
        () ->
            clients
                .open(watch)
                .compose(
                    server ->
                        masters.otherMasters(server).map(others -> new Opened(server, others))),
        answer -> opened(attempt, answer));
  }

  /** Abandons the current attempt. */
  void cancel() {
    current++;
  }

  /** Schedules the next attempt after a delay, which grows with each failed attempt. */
  void retryLater() {
    retryAfter(delay.next());
  }

  /** Makes the next attempt due immediately. */
  void retryNow() {
    retryAfter(Duration.ZERO);
  }

  private void retryAfter(Duration pause) {
    current++;
    dueNanos = System.nanoTime() + pause.toNanos();
  }

  private void opened(int attempt, AsyncResult<Opened> answer) {
    if (answer.failed()) {
      if (attempt == current) {
        retryLater();
        listener.rejected(CauseText.of(answer.cause()));
      }
      return;
    }
    Open server = answer.result().server();
    SecondMasterSearch others = answer.result().others();
    boolean established = false;
    try {
      established =
          attempt == current
              && guard.run(
                  GuardedTask.REDIS_CONNECTED,
                  () -> {
                    listener.established(server, others);
                    delay.reset();
                  });
    } finally {
      if (!established && !listener.uses(server)) {
        if (attempt == current) {
          retryLater();
        }
        server.close();
      }
      masters.closeUnused(others);
    }
    if (!established && listener.uses(server)) {
      listener.faulty();
    }
  }
}
