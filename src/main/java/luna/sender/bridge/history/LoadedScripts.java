package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.bridge.CommandLink;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Loads the scripts of a recorder into the connected Redis, so that calls keep their order.
 *
 * <p>Errors: retried while the connection remains.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class LoadedScripts {
  private static final Duration RETRY_DELAY = Duration.ofMillis(100);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final CommandLink link;
  private final Runnable loaded;

  /** Counts attempts. Results of earlier ones are not used. */
  private int attempts;

  private boolean complete;

  /**
   * @param loaded called when all scripts are loaded
   */
  LoadedScripts(Vertx vertx, FaultGuard guard, CommandLink link, Runnable loaded) {
    this.vertx = vertx;
    this.guard = guard;
    this.link = link;
    this.loaded = loaded;
  }

  /** Returns whether all scripts are loaded. */
  boolean isComplete() {
    return complete;
  }

  /** Forgets the scripts, because the connection is lost. */
  void lost() {
    attempts++;
    complete = false;
  }

  /** Loads the scripts again. */
  void load() {
    lost();
    int attempt = attempts;
    guard.ask(
        GuardedTask.RECORDER,
        () -> {
          List<Future<Response>> calls =
              Stream.of(Script.LEASE, Script.FENCE, Script.APPEND, Script.RESTORE)
                  .map(script -> script.load(link::send))
                  .toList();
          return Future.all(calls);
        },
        done -> {
          if (attempt != attempts) {
            return;
          }
          if (done.succeeded()) {
            complete = true;
            loaded.run();
          } else if (link.connected()) {
            guard.timer(vertx, GuardedTask.RECORDER, RETRY_DELAY, this::load);
          }
        });
  }
}
