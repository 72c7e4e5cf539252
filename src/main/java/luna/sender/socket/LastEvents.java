package luna.sender.socket;

import io.vertx.core.Future;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.HistoryRequest.Before;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import luna.sender.filter.EventFilter;

/**
 * Finds the position before the newest events that pass a filter: reads the history backwards, page
 * by page, and counts.
 *
 * <p>Owner: confined to its hub's event loop; used once.
 */
final class LastEvents {
  private final HistoryReads reads;
  private final String account;
  private final EventFilter filter;

  /** How many events are still to be found. */
  private int left;

  LastEvents(HistoryReads reads, String account, EventFilter filter, int count) {
    this.reads = reads;
    this.account = account;
    this.filter = filter;
    this.left = count;
  }

  /** Returns the position after which the events follow. */
  Future<Position> start() {
    return reads
        .read(account, new HistoryRequest.Head())
        .compose(page -> before(Before.newest(page.head())));
  }

  private Future<Position> before(Before range) {
    return reads
        .read(account, range)
        .compose(
            page -> {
              Position found = find(page);
              if (left == 0 || !page.more() || page.entries().isEmpty()) {
                return Future.succeededFuture(found);
              }
              return before(new Before(page.entries().get(0).position()));
            });
  }

  /** Returns the position before the last event that is still wanted, or before the page. */
  private Position find(HistoryPage page) {
    List<HistoryEntry> entries = page.entries();
    for (int i = entries.size() - 1; i >= 0; i--) {
      HistoryEntry entry = entries.get(i);
      List<StreamItem> items = entry.items();
      for (int j = items.size() - 1; j >= 0; j--) {
        if (items.get(j) instanceof Event event && filter.matches(event) && --left == 0) {
          return j > 0 && items.get(j - 1) instanceof Event previous && previous.position() != null
              ? previous.position()
              : i > 0 ? entries.get(i - 1).position() : page.start();
        }
      }
    }
    return page.start();
  }
}
