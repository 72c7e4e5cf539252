package luna.sender.socket;

import java.time.Duration;
import luna.sender.event.Position;

/**
 * Sends a client its position from time to time, so that a client whose filter passes few events
 * does not fall out of the history.
 *
 * <p>Shape: schema {@code PositionMessage} in {@code openapi.yaml}, at least once in each ping
 * interval. A client with queued frames gets none: its next event has a position.
 *
 * <p>Owner: confined to its session's event loop.
 */
final class PositionHeartbeat {
  private final long intervalNanos;
  private long sentNanos;

  /**
   * @param atOnce whether the first position is sent as soon as possible
   */
  PositionHeartbeat(Duration pingInterval, boolean atOnce) {
    // The sweep may be late by a part of the interval.
    this.intervalNanos = pingInterval.toNanos() / 2;
    this.sentNanos = System.nanoTime() - (atOnce ? intervalNanos : 0);
  }

  void tick(Session session, long nowNanos) {
    Position position = session.position();
    if (nowNanos - sentNanos >= intervalNanos
        && position != null
        && session.trySendText(ReplayMessages.position(position))) {
      sentNanos = nowNanos;
    }
  }
}
