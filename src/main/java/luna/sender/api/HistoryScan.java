package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import luna.sender.filter.EventFilter;
import luna.sender.socket.EntryVisit;
import luna.sender.socket.HistoryReads;
import luna.sender.socket.LastEvents;

/**
 * Collects the events of one request: reads the history page by page, and takes the events that
 * pass the filter.
 *
 * <p>How: {@link LastEvents} finds the newest events. After {@value #SCAN_SECONDS} s, the page
 * ends, and the client continues with its next request.
 *
 * <p>Errors: those of {@link HistoryReads}.
 *
 * <p>Owner: confined to its event loop; used for one request.
 */
final class HistoryScan {
  private static final int SCAN_SECONDS = 5;
  private static final long SCAN_NANOS = Duration.ofSeconds(SCAN_SECONDS).toNanos();

  private final Vertx vertx;
  private final HistoryReads history;
  private final String account;
  private final EventFilter filter;
  private final boolean gaps;
  private final int limit;
  private final long deadlineNanos = System.nanoTime() + SCAN_NANOS;

  /**
   * @param gaps whether the page has gaps too
   * @param limit the maximum number of events
   */
  HistoryScan(
      Vertx vertx,
      HistoryReads history,
      String account,
      EventFilter filter,
      boolean gaps,
      int limit) {
    this.vertx = vertx;
    this.history = history;
    this.account = account;
    this.filter = filter;
    this.gaps = gaps;
    this.limit = limit;
  }

  /** Collects the events of a range, from its start on. */
  Future<EventsPage> collect(HistoryRequest.Range range) {
    return history.read(account, range).compose(this::collect);
  }

  /** Collects the newest events that pass, this many. */
  Future<EventsPage> newest(int count) {
    return new LastEvents(vertx, history, account, filter, count)
        .firstPage()
        .compose(this::collect);
  }

  private Future<EventsPage> collect(HistoryPage first) {
    EventsPage page = new EventsPage(limit);
    page.position(first.start());
    page.outcome(first.outcome());
    return take(page, first);
  }

  private Future<EventsPage> take(EventsPage page, HistoryPage read) {
    List<HistoryEntry> entries = read.entries();
    EntryVisit.Visitor collector =
        new EntryVisit.Visitor() {
          @Override
          public boolean visit(int index, int item) {
            HistoryEntry entry = entries.get(index);
            StreamItem next = entry.items().get(item);
            boolean fits = !passes(next) || page.add(next, positionOf(next, entry));
            page.more(!fits);
            return fits;
          }

          @Override
          public boolean end(int index) {
            HistoryEntry entry = entries.get(index);
            page.position(entry.position());
            // A page from the cache can end before the newest entry, or not.
            page.more(
                index + 1 < entries.size()
                    || (read.more() && !entry.position().isSameEntry(read.head())));
            return !page.isFull();
          }
        };
    return EntryVisit.forwards(vertx.getOrCreateContext(), entries, collector)
        .compose(all -> all ? next(page, read) : Future.succeededFuture(page));
  }

  /** Reads the next part, if there is one and time is left. */
  private Future<EventsPage> next(EventsPage page, HistoryPage read) {
    if (!read.more() || isLate()) {
      page.more(read.more());
      return Future.succeededFuture(page);
    }
    return history
        .read(account, new HistoryRequest.After(page.position()))
        .compose(
            following -> {
              if (following.outcome() == Outcome.COMPLETE) {
                return take(page, following);
              }
              // Entries were trimmed meanwhile. The response to the next request says so.
              page.more(true);
              return Future.succeededFuture(page);
            });
  }

  private boolean passes(StreamItem item) {
    return item instanceof Event event ? filter.matches(event) : item instanceof Gap && gaps;
  }

  private static Position positionOf(StreamItem item, HistoryEntry entry) {
    Position own = item instanceof Event event ? event.resumePosition() : null;
    return own == null ? entry.position() : own;
  }

  private boolean isLate() {
    return System.nanoTime() - deadlineNanos > 0;
  }
}
