package luna.sender.warmup;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Function;
import luna.sender.api.Contract;
import luna.sender.config.Config;
import luna.sender.log.CauseText;
import luna.sender.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens WebSockets of its own and delivers made-up events to them, for at most {@code WARM_UP}.
 *
 * <p>How: a {@link PrivateServer} of this process, and {@link WarmUpClients} on a thread of their
 * own.
 *
 * <p>Errors: none. A warm-up that fails is logged, and ends.
 */
public final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  /** Later rounds make nothing faster. */
  private static final int ROUNDS = 10_000;

  private WarmUp() {}

  /**
   * Runs the warm-up. The future always succeeds.
   *
   * @param vertx creates a Vert.x with one event loop, as the node's own, with these metrics
   */
  public static Future<Void> run(Config config, Contract contract, Function<Metrics, Vertx> vertx) {
    Duration limit = config.http().warmUp();
    // At DEBUG, each made-up client would be logged.
    if (limit.isZero() || LOG.isDebugEnabled()) {
      return Future.succeededFuture();
    }
    Promise<Void> ended = Promise.promise();
    Thread thread =
        new Thread(
            () -> {
              try {
                run(config, contract, vertx, limit);
              } catch (Throwable failure) {
                LOG.atWarn()
                    .addKeyValue("cause", CauseText.of(failure))
                    .log("Warm-up failed; the first clients cost more CPU");
              } finally {
                ended.complete();
              }
            },
            "luna-warm-up");
    thread.setDaemon(true);
    thread.start();
    return ended.future();
  }

  private static void run(
      Config config, Contract contract, Function<Metrics, Vertx> vertx, Duration limit)
      throws Exception {
    try (PrivateServer server = PrivateServer.start(config, contract, vertx, START_LIMIT)) {
      long began = System.nanoTime();
      WarmUpClients clients = new WarmUpClients(server, began + limit.toNanos());
      clients.run(ROUNDS);
      LOG.atInfo()
          .addKeyValue("handshakes", clients.handshakes())
          .addKeyValue("events", clients.events())
          .addKeyValue("seconds", (System.nanoTime() - began) / 1_000_000 / 1000.0)
          .log("Warmed up");
    }
  }
}
