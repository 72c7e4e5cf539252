package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import luna.sender.cli.bench.ClientTransport.RefusedException;
import luna.sender.cli.client.Backoff;
import luna.sender.cli.client.RetryAfter;
import org.jspecify.annotations.Nullable;

/**
 * The reconnect storm of one event loop: its clients lose their connections and come back.
 *
 * <p>How: a failed client retries by the manual's rules for clients: after {@code Retry-After}, or
 * a random part of a bound that doubles from 0.5 s to 10 s. It gives up if the response or the
 * close code says that another attempt is pointless.
 *
 * <p>Owner: confined to its event loop.
 */
final class StormLoop {
  private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

  /** Other responses than 101 are final. */
  private static final Set<Integer> RETRIED = Set.of(429, 500, 502, 503, 504);

  private static final Set<Integer> FINAL_CLOSE_CODES =
      Set.of(1002, 1003, 1007, 1008, 1009, 4401, 4403);

  private final Vertx vertx;
  private final StormPlan plan;
  private final StormCounts counts;
  private final Function<BenchClient, Future<ClientConnection>> connect;
  private final HandshakePacer pacer;
  private final Map<BenchClient, Backoff> pauses = new HashMap<>();
  private long droppedNanos;
  private boolean stopped;

  /**
   * @param handshakesPerSecond the rate of this event loop
   * @param connect opens the connection of a client
   */
  StormLoop(
      Vertx vertx,
      StormPlan plan,
      StormCounts counts,
      double handshakesPerSecond,
      Function<BenchClient, Future<ClientConnection>> connect) {
    this.vertx = vertx;
    this.plan = plan;
    this.counts = counts;
    this.connect = connect;
    this.pacer = new HandshakePacer(vertx, handshakesPerSecond, Integer.MAX_VALUE, this::reconnect);
  }

  /** Drops the connections of these clients. */
  void begin(List<BenchClient> clients) {
    droppedNanos = System.nanoTime();
    counts.clients.add(clients.size());
    clients.forEach(client -> client.drop(this));
    if (plan.away().isZero()) {
      pacer.add(clients);
    } else {
      vertx.setTimer(Math.max(1, plan.away().toMillis()), over -> pacer.add(clients));
    }
  }

  private Future<?> reconnect(BenchClient client) {
    if (stopped) {
      return Future.succeededFuture();
    }
    long began = System.nanoTime();
    counts.handshakes.begin(began);
    return connect
        .apply(client)
        .onSuccess(
            connection -> {
              counts.handshakes.succeed(began, System.nanoTime());
              client.open(connection);
            })
        .onFailure(failure -> failed(client, failure));
  }

  private void failed(BenchClient client, Throwable failure) {
    if (failure instanceof RefusedException refused) {
      retry(
          client,
          "HTTP " + refused.status(),
          RETRIED.contains(refused.status()),
          RetryAfter.parse(refused.retryAfter(), Instant.now()));
    } else {
      retry(client, ClientTransport.reason(failure), true, null);
    }
  }

  /** Called when a connection has ended before its client was back. */
  void closed(BenchClient client, int code) {
    retry(client, "closed with " + code, !FINAL_CLOSE_CODES.contains(code), null);
  }

  private void retry(
      BenchClient client, String failure, boolean again, @Nullable Duration retryAfter) {
    LoopCounts.count(counts.failures, failure);
    if (!again) {
      counts.gaveUp.increment();
      return;
    }
    counts.retries.increment();
    Backoff pause =
        pauses.computeIfAbsent(
            client,
            first -> new Backoff(() -> ThreadLocalRandom.current().nextDouble(), MAX_PAUSE));
    Duration delay = retryAfter == null ? pause.next() : pause.afterRetryAfter(retryAfter);
    vertx.setTimer(Math.max(1, delay.toMillis()), due -> pacer.add(client));
  }

  /** Called when a client is connected and has received its replay. */
  void back(boolean resumed) {
    long now = System.nanoTime();
    counts.back.increment();
    if (resumed) {
      counts.resumed.increment();
    }
    counts.backTimes.recordValue(LoopCounts.recordable(now - droppedNanos));
    counts.lastBackNanos = now;
  }

  /** Called when the connection of a client that was back is closed before its first event. */
  void notBack(boolean resumed) {
    counts.back.decrement();
    if (resumed) {
      counts.resumed.decrement();
    }
  }

  /** Ends all attempts. */
  void stop() {
    stopped = true;
  }
}
