package luna.sender.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import luna.sender.event.HistoryPage.Outcome;

/**
 * Counts replays of the history for clients.
 *
 * <p>Owner: thread-safe.
 */
public final class ReplayMetrics {
  private final TaggedCounter outcomes;
  private final Counter events;
  private final Timer time;
  private final AtomicInteger running;
  private final AtomicInteger waiting;
  private final Counter rejected;

  ReplayMetrics(Meters meters) {
    outcomes = meters.tagged("luna_sender_replays", "outcome", "Replays that began, by outcome");
    outcomes.expect(List.of(Outcome.values()).stream().map(ReplayMetrics::label).toList());
    events =
        meters.counter("luna_sender_replayed_events", "Pairs of a replayed event and a client");
    time = meters.timer("luna_sender_replay", "Time until a replay has caught up");
    running = meters.gauge("luna_sender_replays_running", "Replays that read the history");
    waiting =
        meters.gauge("luna_sender_replays_waiting", "Replays that wait for another one to end");
    rejected =
        meters.counter(
            "luna_sender_replays_rejected", "Replays that were rejected, because too many waited");
  }

  /** Returns the value of the metric's label, which clients see too. */
  public static String label(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  public void began(Outcome outcome) {
    outcomes.count(label(outcome), 1);
  }

  /** Counts events that were written for one client. */
  public void replayed(int count) {
    events.increment(count);
  }

  public void caughtUp(long nanos) {
    time.record(Duration.ofNanos(nanos));
  }

  public void running(int change) {
    running.addAndGet(change);
  }

  public void rejected() {
    rejected.increment();
  }

  public void waiting(int change) {
    waiting.addAndGet(change);
  }
}
