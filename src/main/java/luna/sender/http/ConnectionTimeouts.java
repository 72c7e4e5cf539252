package luna.sender.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import luna.sender.admission.Admission;
import luna.sender.api.RequestBodies;
import luna.sender.api.RequestObserver;
import luna.sender.config.HttpSettings;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;

/**
 * Closes HTTP connections that are idle or slow, with one periodic sweep per event loop instead of
 * a timer per connection.
 *
 * <p>How: the first request head of a connection has to arrive within {@code HANDSHAKE_TIMEOUT}.
 * Each request, with its body, has the same time from its first byte to its last, until its handler
 * runs. After that, {@link RequestBodies} limits the time of the body. Between a response and the
 * first byte of the next request, a connection may be idle for {@code KEEP_ALIVE_TIMEOUT}. An
 * upgrade ends all these limits. When there are too many connections, idle ones are closed early.
 * The requests of an HTTP/2 connection have their own limits ({@link Http2Streams}); it is idle
 * while it has none.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ConnectionTimeouts implements RequestObserver {
  private static final Duration SWEEP = Duration.ofMillis(250);

  /**
   * The time limit for a response after its request body. Far longer than any response takes; stops
   * clients that do not read their response.
   */
  private static final Duration MAX_RESPONSE_TIME = Duration.ofMinutes(1);

  private final Admission admission;
  private final Metrics metrics;
  private final FaultGuard guard;

  /** Deadlines of idle connections; the one that has been idle for longest comes first. */
  private final Map<HttpConnection, Long> idle = new LinkedHashMap<>();

  private final Map<HttpConnection, Long> answering = new HashMap<>();
  private final Map<HttpConnection, ReadTimer> timers = new HashMap<>();
  private final Map<HttpConnection, Http2Streams> http2 = new HashMap<>();
  private final long handshakeNanos;
  private final long keepAliveNanos;
  private final long answerNanos;

  ConnectionTimeouts(Vertx vertx, HttpSettings settings, Admission admission, Metrics metrics) {
    this.admission = admission;
    this.metrics = metrics;
    handshakeNanos = settings.handshakeTimeout().toNanos();
    keepAliveNanos = settings.keepAliveTimeout().toNanos();
    answerNanos = Math.max(handshakeNanos + MAX_RESPONSE_TIME.toNanos(), keepAliveNanos);
    guard = metrics.guard();
    guard.periodic(vertx, GuardedTask.HTTP_SWEEP, SWEEP, this::sweep);
  }

  /**
   * Registers a new connection. Above the limit, the connection that has been idle for longest is
   * closed; if none is idle, the new one is closed.
   */
  void connected(HttpConnection connection) {
    boolean fits = admission.connected();
    boolean registered = false;
    try {
      observe(connection);
      connection.closeHandler(closed -> onClose(connection));
      registered = true;
    } finally {
      if (!registered) {
        // Without the close handler, nothing would unregister it.
        http2.remove(connection);
        timers.remove(connection);
        admission.disconnected();
        guard.run(GuardedTask.HTTP_SWEEP, connection::close);
      }
    }
    metrics.http().connections(1);
    if (fits || closeOldestIdle() || admission.overbook()) {
      idle.put(connection, System.nanoTime() + handshakeNanos);
    } else {
      close(connection);
    }
  }

  private void observe(HttpConnection connection) {
    Http2Streams streams =
        Http2Streams.observe(
            connection,
            answerNanos,
            new Http2Streams.Listener() {
              @Override
              public void busy() {
                idle.remove(connection);
              }

              @Override
              public void idle() {
                if (http2.containsKey(connection)) {
                  idle.put(connection, System.nanoTime() + keepAliveNanos);
                }
              }
            });
    if (streams == null) {
      timers.put(connection, RequestTimer.of(connection));
    } else {
      http2.put(connection, streams);
      timers.put(connection, streams.timer());
    }
  }

  private void onClose(HttpConnection connection) {
    http2.remove(connection);
    timers.remove(connection);
    idle.remove(connection);
    answering.remove(connection);
    admission.disconnected();
    metrics.http().connections(-1);
  }

  private boolean closeOldestIdle() {
    Iterator<HttpConnection> oldest = idle.keySet().iterator();
    if (!oldest.hasNext()) {
      return false;
    }
    HttpConnection connection = oldest.next();
    oldest.remove();
    close(connection);
    return true;
  }

  /**
   * Restarts the idle time of a connection: a complete request head has arrived, or its response
   * has ended.
   */
  void restartIdleTime(HttpConnection connection) {
    if (idle.remove(connection) != null || answering.remove(connection) != null) {
      idle.put(connection, System.nanoTime() + keepAliveNanos);
    }
  }

  @Override
  public void answering(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    if (!http2.containsKey(connection) && idle.remove(connection) != null) {
      answering.put(connection, System.nanoTime() + answerNanos);
    }
  }

  @Override
  public void answered(HttpServerRequest request) {
    Http2Streams streams = http2.get(request.connection());
    if (streams == null) {
      restartIdleTime(request.connection());
    } else if (!request.response().ended()) {
      streams.unlimit(request.response().streamId());
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    closeExpired(idle, now);
    closeExpired(answering, now);
    closeSlowRequests(now);
    List.copyOf(http2.values())
        .forEach(streams -> guard.run(GuardedTask.HTTP_SWEEP, () -> streams.resetLate(now)));
    // Another event loop admitted a connection above the limit but had no idle one to close, so
    // close one here. Otherwise that loop would have to close each of its new connections.
    while (idle.size() > 1 && admission.reclaim()) {
      closeOldestIdle();
    }
  }

  /**
   * Closes connections whose request is not complete in time. Skips connections whose request is
   * being answered: its body may still be arriving, with the head of the next request after it.
   */
  private void closeSlowRequests(long now) {
    List<HttpConnection> late = new ArrayList<>();
    timers.forEach(
        (connection, timer) -> {
          if (timer.isLate(now, handshakeNanos) && !answering.containsKey(connection)) {
            late.add(connection);
          }
        });
    late.forEach(this::close);
  }

  /** Closes a connection. A failure must not stop the sweep. */
  private void close(HttpConnection connection) {
    Http2Streams streams = http2.get(connection);
    guard.run(GuardedTask.HTTP_SWEEP, streams == null ? connection::close : streams::close);
  }

  private void closeExpired(Map<HttpConnection, Long> deadlineNanos, long now) {
    deadlineNanos
        .entrySet()
        .removeIf(
            entry -> {
              boolean late = now - entry.getValue() >= 0;
              if (late) {
                close(entry.getKey());
              }
              return late;
            });
  }
}
