package luna.sender.api;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import luna.sender.config.HttpSettings;
import luna.sender.ops.Metrics;

/**
 * Cuts HTTP connections that don't get on: one sweep per event loop, not a timer per connection.
 *
 * <p>Shape: a connection has {@code HANDSHAKE_TIMEOUT} for its first whole request head, and {@code
 * KEEP_ALIVE_TIMEOUT} from an answer to the next request; its upgrade ends it for HTTP.
 *
 * <p>Owner: confined to its event loop.
 */
final class Deadlines {
  private static final Duration SWEEP = Duration.ofMillis(250);

  /** Far longer than any answer takes; bounds a client that does not read its own. */
  private static final Duration ANSWER = Duration.ofMinutes(1);

  private final Metrics metrics;
  private final Map<HttpConnection, Long> deadlineNanos = new HashMap<>();
  private final long handshakeNanos;
  private final long keepAliveNanos;
  private final long answerNanos;

  Deadlines(Vertx vertx, HttpSettings settings, Metrics metrics) {
    this.metrics = metrics;
    handshakeNanos = settings.handshakeTimeout().toNanos();
    keepAliveNanos = settings.keepAliveTimeout().toNanos();
    answerNanos = Math.max(ANSWER.toNanos(), keepAliveNanos);
    vertx.setPeriodic(SWEEP.toMillis(), timer -> sweep());
  }

  void connected(HttpConnection connection) {
    deadlineNanos.put(connection, System.nanoTime() + handshakeNanos);
    metrics.httpConnections(1);
    connection.closeHandler(
        closed -> {
          deadlineNanos.remove(connection);
          metrics.httpConnections(-1);
        });
  }

  /** A whole request head is there, or has its answer. */
  void requested(HttpConnection connection) {
    deadlineNanos.replace(connection, System.nanoTime() + keepAliveNanos);
  }

  /** While its request is being answered, a connection is not idle. */
  void answering(HttpConnection connection) {
    deadlineNanos.replace(connection, System.nanoTime() + answerNanos);
  }

  private void sweep() {
    long now = System.nanoTime();
    deadlineNanos
        .entrySet()
        .removeIf(
            entry -> {
              boolean late = now - entry.getValue() >= 0;
              if (late) {
                entry.getKey().close();
              }
              return late;
            });
  }
}
