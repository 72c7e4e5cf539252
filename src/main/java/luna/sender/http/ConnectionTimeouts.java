package luna.sender.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
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
 * Cuts HTTP connections that don't get on: one sweep per event loop, not a timer per connection.
 *
 * <p>Shape: a connection has {@code HANDSHAKE_TIMEOUT} for its first whole request head. Each
 * request, body included, has the same time from its first byte until it is whole; while it is
 * being answered, {@link RequestBodies} limits the time of its body. Between an answer and the
 * first byte of the next request a connection has {@code KEEP_ALIVE_TIMEOUT}; its upgrade ends it
 * for HTTP. Where there are too many, those that are idle are cut before their time.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ConnectionTimeouts implements RequestObserver {
  private static final Duration SWEEP = Duration.ofMillis(250);

  /**
   * Far longer than any answer takes behind the body; limits a client that does not read its own.
   */
  private static final Duration ANSWER = Duration.ofMinutes(1);

  private final Admission admission;
  private final Metrics metrics;
  private final FaultGuard guard;

  /** Until when each has time; that with nothing to do for longest is the first. */
  private final Map<HttpConnection, Long> idle = new LinkedHashMap<>();

  private final Map<HttpConnection, Long> answering = new HashMap<>();
  private final Map<HttpConnection, RequestTimer> watches = new HashMap<>();
  private final long handshakeNanos;
  private final long keepAliveNanos;
  private final long answerNanos;

  ConnectionTimeouts(Vertx vertx, HttpSettings settings, Admission admission, Metrics metrics) {
    this.admission = admission;
    this.metrics = metrics;
    handshakeNanos = settings.handshakeTimeout().toNanos();
    keepAliveNanos = settings.keepAliveTimeout().toNanos();
    answerNanos = Math.max(handshakeNanos + ANSWER.toNanos(), keepAliveNanos);
    guard = metrics.guard();
    guard.periodic(vertx, GuardedTask.HTTP_SWEEP, SWEEP, this::sweep);
  }

  /** Where there is no room for it, the one that has been idle for longest gives way. */
  void connected(HttpConnection connection) {
    boolean fits = admission.connected();
    boolean watched = false;
    try {
      watches.put(connection, RequestTimer.of(connection));
      connection.closeHandler(closed -> gone(connection));
      watched = true;
    } finally {
      if (!watched) {
        // Nothing would say that it has gone.
        watches.remove(connection);
        admission.disconnected();
        guard.run(GuardedTask.HTTP_SWEEP, connection::close);
      }
    }
    metrics.httpConnections(1);
    if (fits || closeOldestIdle() || admission.owe()) {
      idle.put(connection, System.nanoTime() + handshakeNanos);
    } else {
      connection.close();
    }
  }

  private void gone(HttpConnection connection) {
    watches.remove(connection);
    idle.remove(connection);
    answering.remove(connection);
    admission.disconnected();
    metrics.httpConnections(-1);
  }

  private boolean closeOldestIdle() {
    Iterator<HttpConnection> oldest = idle.keySet().iterator();
    if (!oldest.hasNext()) {
      return false;
    }
    HttpConnection connection = oldest.next();
    oldest.remove();
    connection.close();
    return true;
  }

  /** A whole request head is there, or has its answer. */
  @Override
  public void requested(HttpConnection connection) {
    if (idle.remove(connection) != null || answering.remove(connection) != null) {
      idle.put(connection, System.nanoTime() + keepAliveNanos);
    }
  }

  /** While its request is being answered, a connection is not idle. */
  @Override
  public void answering(HttpConnection connection) {
    if (idle.remove(connection) != null) {
      answering.put(connection, System.nanoTime() + answerNanos);
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    cut(idle, now);
    cut(answering, now);
    cutSlowRequests(now);
    // Another loop had none to close; without this, all its connections would be closed as they
    // come.
    while (idle.size() > 1 && admission.pay()) {
      closeOldestIdle();
    }
  }

  /**
   * Closes connections whose request does not get whole. While one is being answered, its body may
   * be on the way, and the head of the next request may wait behind it.
   */
  private void cutSlowRequests(long now) {
    List<HttpConnection> late = new ArrayList<>();
    watches.forEach(
        (connection, watch) -> {
          if (watch.isLate(now, handshakeNanos) && !answering.containsKey(connection)) {
            late.add(connection);
          }
        });
    late.forEach(this::close);
  }

  /** One that cannot be closed must not keep the others. */
  private void close(HttpConnection connection) {
    guard.run(GuardedTask.HTTP_SWEEP, connection::close);
  }

  private void cut(Map<HttpConnection, Long> deadlineNanos, long now) {
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
