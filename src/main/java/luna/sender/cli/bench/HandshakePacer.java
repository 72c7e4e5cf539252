package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.function.Function;

/**
 * Starts the handshakes of the clients of one event loop, at a bounded rate or at once.
 *
 * <p>Owner: confined to its event loop.
 */
final class HandshakePacer {
  /** The rate of handshakes that are started at once. */
  static final double UNLIMITED = 0;

  private static final int TICK_MILLIS = 5;

  /** How far the pacer catches up after a pause of the event loop, or of the queue. */
  private static final double CATCH_UP_NANOS = 1e9;

  private final Vertx vertx;
  private final double intervalNanos;
  private final int maxPending;
  private final Function<BenchClient, Future<?>> handshake;
  private final Queue<BenchClient> queue = new ArrayDeque<>();
  private final long began = System.nanoTime();
  private double nextNanos;
  private int pending;
  private boolean ticking;
  private Runnable whenIdle = () -> {};

  /**
   * @param perSecond handshakes per second, or {@link #UNLIMITED}
   * @param maxPending handshakes at the same time
   * @param handshake starts one
   */
  HandshakePacer(
      Vertx vertx, double perSecond, int maxPending, Function<BenchClient, Future<?>> handshake) {
    this.vertx = vertx;
    this.intervalNanos = perSecond == UNLIMITED ? 0 : 1e9 / perSecond;
    this.maxPending = maxPending;
    this.handshake = handshake;
  }

  /** Adds clients. */
  void add(Collection<BenchClient> clients) {
    queue.addAll(clients);
    start();
  }

  void add(BenchClient client) {
    queue.add(client);
    start();
  }

  /**
   * @param action runs each time when no handshake is queued or pending
   */
  void whenIdle(Runnable action) {
    whenIdle = action;
    checkIdle();
  }

  private void start() {
    if (!ticking) {
      nextNanos = Math.max(nextNanos, System.nanoTime() - began);
      tick();
    }
  }

  private void tick() {
    ticking = true;
    long now = System.nanoTime() - began;
    nextNanos = Math.max(nextNanos, now - CATCH_UP_NANOS);
    while (!queue.isEmpty() && nextNanos <= now && pending < maxPending) {
      nextNanos += intervalNanos;
      pending++;
      handshake
          .apply(queue.remove())
          .onComplete(
              done -> {
                pending--;
                checkIdle();
              });
    }
    ticking = !queue.isEmpty();
    if (ticking) {
      vertx.setTimer(TICK_MILLIS, again -> tick());
    }
  }

  private void checkIdle() {
    if (queue.isEmpty() && pending == 0) {
      whenIdle.run();
    }
  }
}
