package luna.sender.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Healed;
import luna.sender.event.Interruption;
import luna.sender.event.TraceContext;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the items of a turn: matches each event against the filters of its account ({@link
 * luna.sender.filter.FilterIndex#match}), and adds it to the batch when the first session matches.
 *
 * <p>How: reused for all events of a hub, which delivers one at a time. It is itself the callback
 * of the match, so a delivery allocates nothing.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class EventDelivery implements Consumer<Session>, RoundRobinScheduler.Handler {
  private final WriteBatch batch;
  private final Metrics metrics;
  private final HubFaults faults;
  private final Traces traces;
  private final FaultInjectionPoint injectionPoint;

  /** The account of the event that is being delivered; null between events. */
  private @Nullable AccountSessions account;

  private @Nullable Event event;
  private int position;
  private int matched;

  /** The number of sessions that do not get the event because of a fault. */
  private int missed;

  EventDelivery(
      WriteBatch batch,
      Metrics metrics,
      HubFaults faults,
      Traces traces,
      FaultInjectionPoint injectionPoint) {
    this.batch = batch;
    this.metrics = metrics;
    this.faults = faults;
    this.traces = traces;
    this.injectionPoint = injectionPoint;
  }

  @Override
  public int deliver(AccountSessions to, Event delivered) {
    account = to;
    event = delivered;
    Traces.Match traced = traced(to, delivered);
    if (to.hasReplays()) {
      to.forEachReplay(replay -> replay.live(delivered));
    }
    to.live.delivered(delivered);
    try {
      to.sessions.match(delivered, this);
    } catch (Throwable fault) {
      faults.caught(Step.MATCH, to, fault);
      // It is unknown which of the remaining sessions match.
      missed = to.sessions.size() - matched;
      reportMissed(to);
    }
    if (traced != null) {
      end(to, traced);
    }
    for (int i = 0; i < to.statsReporters.size(); i++) {
      to.statsReporters.get(i).count(delivered.attributes());
    }
    if (!to.waits.isEmpty()) {
      offer(to, delivered);
    }
    return end(to);
  }

  private void offer(AccountSessions to, Event delivered) {
    try {
      // A copy, because the request of a wait may end it.
      for (EventWait wait : List.copyOf(to.waits)) {
        wait.offer(delivered);
      }
    } catch (Throwable fault) {
      faults.caught(Step.MATCH, to, fault);
    }
  }

  private Traces.@Nullable Match traced(AccountSessions to, Event delivered) {
    TraceContext trace = delivered.trace();
    if (trace == null) {
      return null;
    }
    try {
      injectionPoint.reached(Step.TRACE, to);
      return traces.match(trace);
    } catch (Throwable fault) {
      faults.caught(Step.TRACE, to, fault);
      return null;
    }
  }

  private void end(AccountSessions to, Traces.Match traced) {
    try {
      Traces.Write write = traced.end(to.sessions.size(), matched);
      if (write != null) {
        batch.trace(position, write);
      }
    } catch (Throwable fault) {
      faults.caught(Step.TRACE, to, fault);
    }
  }

  /** Sends a gap to the account's gap listeners that did not get the event. */
  private void reportMissed(AccountSessions to) {
    try {
      DualTimestamp now = metrics.gaps().clock().now();
      metrics.gaps().close(metrics.gaps().open(Gap.Cause.FAULT, now, List.of(to.account)), now, 1);
      List<Session> without = new ArrayList<>(to.gapListeners);
      without.removeIf(session -> matched > 0 && session.isMarked(position));
      sendGaps(without, new Gap(now, now, Gap.Cause.FAULT, 1));
    } catch (Throwable fault) {
      faults.caught(Step.GAP, to, fault);
    }
  }

  @Override
  public void sendInterruption(AccountSessions account, Interruption interruption) {
    batch.flush();
    account.interruptions.add(interruption);
    forEach(account.gapListeners, session -> session.sendInterruption(interruption));
  }

  @Override
  public void sendGap(AccountSessions account, Gap gap) {
    account.interruptions.removeIf(open -> open.isEndedBy(gap));
    account.live.missed();
    account.forEachReplay(Replay::gap);
    sendGaps(account.gapListeners, gap);
  }

  @Override
  public void sendHealed(AccountSessions account, Healed healed) {
    account.interruptions.removeIf(open -> open.isEndedBy(healed));
    batch.flush();
    forEach(account.gapListeners, session -> session.sendHealed(healed));
  }

  private void sendGaps(List<Session> listeners, Gap gap) {
    batch.flush();
    forEach(listeners, session -> session.sendGap(gap));
  }

  /** Sends to each session. A fault closes only the session in which it occurs. */
  private static void forEach(List<Session> listeners, Consumer<Session> send) {
    for (int i = 0; i < listeners.size(); i++) {
      Session session = listeners.get(i);
      try {
        send.accept(session);
      } catch (Throwable fault) {
        session.onFault(Step.GAP, fault);
      }
    }
  }

  @Override
  public void probe() {
    Framing.probe();
  }

  @Override
  public boolean flush() {
    return batch.flush();
  }

  @Override
  public void accept(Session session) {
    injectionPoint.reached(Step.MATCH, session.account());
    try {
      injectionPoint.reached(Step.DELIVER, session.account());
      if (matched == 0) {
        position = batch.add(Objects.requireNonNull(event), Objects.requireNonNull(account));
      }
      // First: a marked session that is not in this batch would get the next batch's frame at the
      // same position.
      if (!session.hasMarked()) {
        batch.add(session);
      }
      session.mark(position);
      matched++;
    } catch (Throwable fault) {
      missed++;
      session.onFault(Step.DELIVER, fault);
    }
  }

  /** Returns the number of sessions that matched. */
  private int end(AccountSessions ended) {
    int total = matched + missed;
    int dropped = missed;
    account = null;
    event = null;
    matched = 0;
    missed = 0;
    int present = ended.sessions.size();
    ended.counters.received(present);
    ended.counters.matched(total);
    ended.counters.unmatched(present - total);
    metrics.events().matched(total);
    metrics.events().dropped(ended.counters, CloseReason.INTERNAL.label(), dropped);
    return total;
  }
}
