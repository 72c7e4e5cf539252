package luna.sender.socket;

import java.nio.charset.StandardCharsets;
import luna.sender.event.Attributes;
import luna.sender.filter.EventFilter;
import luna.sender.filter.FilterStats;

/**
 * Sends one client the statistics of its filter.
 *
 * <p>Shape: one text frame immediately, and then one after each {@code STATS_INTERVAL} in which an
 * event arrived; schema {@code StatsMessage} in {@code openapi.yaml}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class StatsReporter {
  final Session session;
  private final FilterStats stats;
  private final FaultInjectionPoint injectionPoint;
  private long reportedEvents = -1;

  StatsReporter(Session session, EventFilter filter, FaultInjectionPoint injectionPoint) {
    this.session = session;
    this.stats = new FilterStats(filter);
    this.injectionPoint = injectionPoint;
  }

  /** Counts an event; does not throw. */
  void count(Attributes attributes) {
    try {
      injectionPoint.reached(Step.STATS, session.account());
      stats.count(attributes);
    } catch (Throwable fault) {
      session.onFault(Step.STATS, fault);
    }
  }

  /**
   * Sends the current counts, unless they are unchanged or the client has queued frames. Does not
   * throw.
   */
  void report() {
    try {
      injectionPoint.reached(Step.STATS, session.account());
      if (stats.seen() != reportedEvents
          && session.trySendText(stats.json().encode().getBytes(StandardCharsets.UTF_8))) {
        reportedEvents = stats.seen();
      }
    } catch (Throwable fault) {
      session.onFault(Step.STATS, fault);
    }
  }
}
