package luna.sender.bridge.history;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import luna.sender.bridge.RecordedGap;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.event.Position;
import luna.sender.event.SteadyClock;
import luna.sender.event.StreamItem;

/**
 * Parses entries of a stream.
 *
 * <p>Errors: an entry without items if its payload is malformed. It is not counted, because the
 * bridge counts it when it is published.
 *
 * <p>Owner: thread-safe.
 */
final class EntryParser {
  private final PayloadParser parser;
  private final SteadyClock clock;

  EntryParser(PayloadParser parser, SteadyClock clock) {
    this.parser = parser;
    this.clock = clock;
  }

  HistoryEntry parse(String account, String epoch, RawEntry entry) {
    Position position = entry.position(epoch);
    if (entry.gap()) {
      Gap gap = RecordedGap.parse(entry.text(), Instant.ofEpochMilli(entry.millis()), clock);
      return new HistoryEntry(position, List.of(gap));
    }
    try {
      List<StreamItem> items =
          new ArrayList<>(
              parser.parse(account, entry.text(), System.nanoTime(), null, position).events());
      return new HistoryEntry(position, items);
    } catch (MalformedPayloadException malformed) {
      return new HistoryEntry(position, List.of());
    }
  }
}
