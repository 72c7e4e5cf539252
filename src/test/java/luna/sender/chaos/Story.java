package luna.sender.chaos;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What one WebSocket was told, held against what was published, frame by frame.
 *
 * <p>Shape: between two events that came, each one that the filter passes and that certainly was
 * published has to be in a gap that was told between them: by its time, or, where the node counted
 * what it dropped, by the count.
 *
 * <p>Owner: one thread at a time.
 */
final class Story {
  private static final String NUMBER = "\"event_id\":\"";

  private final AccountLog log;
  private final ChaosFilter filter;
  private final Verdicts verdicts;
  private final String name;

  /** The first event whose publishing began after the 101. */
  private final int first;

  private int last = -1;
  private final List<long[]> times = new ArrayList<>();
  private long counted;

  Story(AccountLog log, ChaosFilter filter, String name, Verdicts verdicts) {
    this.log = log;
    this.filter = filter;
    this.verdicts = verdicts;
    this.name = name;
    this.first = log.size();
  }

  void frame(String text) {
    if (text.startsWith("{\"gap\"")) {
      gap(new JsonObject(text).getJsonObject("gap"));
      return;
    }
    int start = text.indexOf(NUMBER) + NUMBER.length();
    int number = Integer.parseInt(text.substring(start, text.indexOf('"', start)));
    verdicts.delivered.increment();
    if (!log.passes(number, filter)) {
      verdicts.fault(
          verdicts.wrong, name + ": " + log.describe(number) + " does not pass " + filter);
    }
    if (number == last) {
      verdicts.fault(verdicts.doubled, name + ": " + log.describe(number));
    } else if (number < last) {
      verdicts.fault(verdicts.disordered, name + ": " + log.describe(number) + " after " + last);
    } else {
      judge(number);
      last = number;
    }
  }

  private void gap(JsonObject gap) {
    verdicts.gap(gap.getString("cause"));
    if (gap.getValue("dropped") == null) {
      // Whole milliseconds.
      times.add(
          new long[] {
            Instant.parse(gap.getString("from")).toEpochMilli() - 1,
            Instant.parse(gap.getString("to")).toEpochMilli() + 1
          });
    } else {
      counted += gap.getLong("dropped");
    }
  }

  /** The run is over, and all that was published has had its time to come. */
  void end() {
    judge(log.size());
  }

  private void judge(int next) {
    for (int number = Math.max(last + 1, first); number < next; number++) {
      if (log.isCertain(number) && log.passes(number, filter)) {
        if (isTold(number)) {
          verdicts.explained.increment();
        } else {
          verdicts.fault(
              verdicts.unexplained,
              name + ": " + log.describe(number) + " is missing between " + last + " and " + next);
        }
      }
    }
    times.clear();
    counted = 0;
  }

  private boolean isTold(int number) {
    for (long[] time : times) {
      if (log.isWithin(number, time[0], time[1])) {
        return true;
      }
    }
    return counted-- > 0;
  }
}
