package luna.sender.socket;

import java.nio.charset.StandardCharsets;
import luna.sender.event.Attributes;
import luna.sender.filter.EventFilter;
import luna.sender.filter.FilterStats;

/**
 * Tells one client what its filter does with the account's events.
 *
 * <p>Shape: a text frame at once, and then one in each {@code STATS_INTERVAL} in which an event
 * came; schema {@code StatsMessage} in {@code openapi.yaml}.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class StatsReporter {
  final Session session;
  private final FilterStats tally;
  private long told = -1;

  StatsReporter(Session session, EventFilter filter) {
    this.session = session;
    this.tally = new FilterStats(filter);
  }

  /** Counts an event; does not throw. */
  void count(Attributes attributes) {
    try {
      session.hub.checkpoint().reached(Step.WATCH, session.account);
      tally.count(attributes);
    } catch (Throwable fault) {
      session.fault(Step.WATCH, fault);
    }
  }

  /**
   * Says how things stand, unless the client has heard it, or has more to read than it can; does
   * not throw.
   */
  void tell() {
    try {
      session.hub.checkpoint().reached(Step.WATCH, session.account);
      if (tally.seen() != told
          && session.remark(tally.json().encode().getBytes(StandardCharsets.UTF_8))) {
        told = tally.seen();
      }
    } catch (Throwable fault) {
      session.fault(Step.WATCH, fault);
    }
  }
}
