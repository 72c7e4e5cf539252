package luna.sender.chaos;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the frames of one WebSocket with the published events. With history, it compares those
 * of all connections of a client, one after the other, as if they were one.
 *
 * <p>Shape: each event that passes the filter, was certainly published, and is missing between two
 * received events must be covered by a gap between them: by the time of the gap, or, if the node
 * counted the dropped events, by their number. A {@code slow} gap counts only events dropped for
 * this client, so a number that is too high is a fault too.
 *
 * <p>Owner: one thread at a time.
 */
final class FrameCheck {
  private static final String NUMBER = "\"event_id\":\"";
  private static final String POSITION = "\"position\":\"";

  private final AccountLog log;
  private final ChaosFilter filter;
  private final RunResults results;
  private final String name;

  /** The number of the first event that was published after the 101. */
  private final int first;

  private int last = -1;

  /** The last position; null before the first one, and without history. */
  private @Nullable String position;

  private final List<long[]> times = new ArrayList<>();

  /**
   * The dropped events that gaps have counted since the last event: for this client, and for the
   * account.
   */
  private long slow;

  private long shed;

  FrameCheck(AccountLog log, ChaosFilter filter, String name, RunResults results) {
    this.log = log;
    this.filter = filter;
    this.results = results;
    this.name = name;
    this.first = log.size();
  }

  /** Returns the position after the last frame, or null if there is none. */
  @Nullable String position() {
    return position;
  }

  void frame(String text) {
    // The position is always the last key.
    int at = text.lastIndexOf(POSITION);
    if (at > 0 && text.indexOf('"', at + POSITION.length()) >= text.length() - 4) {
      position = text.substring(at + POSITION.length(), text.indexOf('"', at + POSITION.length()));
    }
    if (text.startsWith("{\"resume\"")) {
      results.resumed(new JsonObject(text).getJsonObject("resume").getString("outcome"));
      return;
    }
    if (text.startsWith("{\"gap\"")) {
      gap(new JsonObject(text).getJsonObject("gap"));
      return;
    }
    if (!text.startsWith("{\"event\"")) {
      return;
    }
    int start = text.indexOf(NUMBER) + NUMBER.length();
    int number = Integer.parseInt(text.substring(start, text.indexOf('"', start)));
    results.delivered.increment();
    if (!log.passes(number, filter)) {
      results.fault(results.wrong, name + ": " + log.describe(number) + " does not pass " + filter);
    }
    if (number == last) {
      results.fault(results.duplicated, name + ": " + log.describe(number));
    } else if (number < last) {
      results.fault(results.outOfOrder, name + ": " + log.describe(number) + " after " + last);
    } else {
      checkMissing(number);
      last = number;
    }
  }

  private void gap(JsonObject gap) {
    String cause = gap.getString("cause");
    results.gap(cause);
    if (Instant.parse(gap.getString("to")).isBefore(Instant.parse(gap.getString("from")))) {
      results.fault(results.miscounted, name + ": " + gap);
    }
    if (gap.getValue("dropped") == null) {
      // The times are cut to milliseconds.
      times.add(
          new long[] {
            Instant.parse(gap.getString("from")).toEpochMilli() - 1,
            Instant.parse(gap.getString("to")).toEpochMilli() + 1
          });
    } else if (cause.equals("slow")) {
      slow += gap.getLong("dropped");
    } else {
      shed += gap.getLong("dropped");
    }
  }

  /** Checks the rest, after the run is over and all events have had time to arrive. */
  void end() {
    checkMissing(log.size());
  }

  private void checkMissing(int next) {
    long missing = 0;
    long uncounted = slow + shed;
    for (int number = last < 0 ? first : last + 1; number < next; number++) {
      if (!log.passes(number, filter)) {
        continue;
      }
      missing++;
      if (number >= first && log.isCertain(number)) {
        if (isWithinGap(number) || uncounted-- > 0) {
          results.explained(log.describe(number));
        } else {
          results.fault(
              results.unexplained,
              name + ": " + log.describe(number) + " is missing between " + last + " and " + next);
        }
      }
    }
    // Before the first received event, a gap may count events that were published before the 101.
    if (slow > missing && last >= 0) {
      results.fault(
          results.miscounted,
          "%s: slow gaps count %d where at most %d are missing, between %d and %d"
              .formatted(name, slow, missing, last, next));
    }
    times.clear();
    slow = 0;
    shed = 0;
  }

  private boolean isWithinGap(int number) {
    for (long[] time : times) {
      if (log.isWithin(number, time[0], time[1])) {
        return true;
      }
    }
    return false;
  }
}
