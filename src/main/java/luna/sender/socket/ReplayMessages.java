package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.time.Instant;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Position;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.ReplayMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The texts that a client of the history gets besides its events.
 *
 * <p>Shape: schemas {@code ResumeMessage}, {@code LiveMessage} and {@code PositionMessage} in
 * {@code openapi.yaml}.
 */
final class ReplayMessages {
  private ReplayMessages() {}

  /** Returns the first text of a replay that begins with this page. */
  static byte[] resume(HistoryPage first) {
    return ("{\"resume\":{\"outcome\":\""
            + ReplayMetrics.label(first.outcome())
            + "\",\"from\":\""
            + first.start()
            + "\",\"position\":\""
            + first.head()
            + "\"}}")
        .getBytes(US_ASCII);
  }

  /** Returns the text after the last replayed event. */
  static byte[] live(long replayed, Position position) {
    return ("{\"live\":{\"replayed\":" + replayed + ",\"position\":\"" + position + "\"}}")
        .getBytes(US_ASCII);
  }

  /** Returns the text that only has the position. */
  static byte[] position(Position position) {
    return ("{\"position\":\"" + position + "\"}").getBytes(US_ASCII);
  }

  /**
   * Returns the time of a start; of an event that is only known by its id, not even that is known.
   */
  static Instant time(Start start) {
    if (start instanceof Start.From from) {
      if (from.range() instanceof HistoryRequest.After after) {
        return Instant.ofEpochMilli(after.position().millis());
      }
      if (from.range() instanceof HistoryRequest.Since since) {
        return since.time();
      }
    }
    return Instant.EPOCH;
  }

  /**
   * Returns the gap before a page, or null if nothing is missing there.
   *
   * @param from the time from which on events may be missing
   */
  static @Nullable Gap gap(HistoryPage page, Instant from, SteadyClock clock) {
    if (page.outcome() == Outcome.COMPLETE) {
      return null;
    }
    Position first = page.entries().isEmpty() ? page.head() : page.entries().get(0).position();
    Instant to = Instant.ofEpochMilli(first.millis());
    Instant begin = from.isAfter(to) ? to : from.isBefore(Instant.EPOCH) ? Instant.EPOCH : from;
    DualTimestamp now = clock.now();
    long end = now.nanos() - Duration.between(to, now.time()).toNanos();
    return new Gap(
        new DualTimestamp(begin, end - Duration.between(begin, to).toNanos()),
        new DualTimestamp(to, end),
        Gap.Cause.HISTORY_TRIMMED,
        Gap.UNKNOWN);
  }
}
