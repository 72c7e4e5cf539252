package luna.sender.socket;

import io.vertx.core.Context;
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
import luna.sender.event.HistoryRequest.Before;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import luna.sender.filter.EventFilter;

/**
 * Finds the newest events that pass a filter: reads the history backwards, page by page, and
 * counts.
 *
 * <p>Errors: as {@link HistoryReads}. After {@value #SEARCH_SECONDS} s, the search ends, and the
 * events that it has found are {@link Outcome#PARTIAL}.
 *
 * <p>Owner: confined to one event loop; used once.
 */
public final class LastEvents {
  private static final int SEARCH_SECONDS = 5;
  private static final long SEARCH_NANOS = Duration.ofSeconds(SEARCH_SECONDS).toNanos();

  private final HistoryReads reads;
  private final Context context;
  private final String account;
  private final EventFilter filter;
  private final long deadlineNanos = System.nanoTime() + SEARCH_NANOS;

  /** How many events are still to be found. */
  private int left;

  /**
   * @param count how many events to find
   */
  public LastEvents(
      Vertx vertx, HistoryReads reads, String account, EventFilter filter, int count) {
    this.reads = reads;
    this.context = vertx.getOrCreateContext();
    this.account = account;
    this.filter = filter;
    this.left = count;
  }

  /**
   * The result of a search.
   *
   * @param start the position before the oldest event that was found
   * @param incomplete whether the search ended before it had found all
   */
  private record Found(Position start, boolean incomplete) {}

  /** Returns the page that begins with the oldest of the events. */
  public Future<HistoryPage> firstPage() {
    return reads
        .read(account, new HistoryRequest.Head())
        .compose(page -> search(Before.newest(page.head()), page.head()))
        .compose(
            found ->
                reads
                    .read(account, new HistoryRequest.After(found.start))
                    .map(page -> found.incomplete ? incomplete(page) : page));
  }

  private static HistoryPage incomplete(HistoryPage page) {
    return page.outcome() == Outcome.COMPLETE
        ? new HistoryPage(
            page.entries(), page.start(), page.head(), page.more(), Outcome.PARTIAL, Gap.UNKNOWN)
        : page;
  }

  /**
   * Searches backwards from a range on.
   *
   * @param start the position before the oldest event that was found, or the newest position
   */
  private Future<Found> search(Before range, Position start) {
    return reads
        .read(account, range)
        .compose(
            page -> {
              OldestMatch oldest = new OldestMatch(page, start);
              return EntryVisit.backwards(context, page.entries(), oldest)
                  .compose(all -> next(page, oldest.start));
            });
  }

  private Future<Found> next(HistoryPage page, Position start) {
    if (left == 0 || !page.more() || page.entries().isEmpty()) {
      return Future.succeededFuture(new Found(start, false));
    }
    if (System.nanoTime() - deadlineNanos > 0) {
      return Future.succeededFuture(new Found(start, true));
    }
    return search(new Before(page.entries().get(0).position()), start);
  }

  /** Counts the events of a page that pass. */
  private final class OldestMatch implements EntryVisit.Visitor {
    private final HistoryPage page;
    private Position start;

    OldestMatch(HistoryPage page, Position start) {
      this.page = page;
      this.start = start;
    }

    @Override
    public boolean visit(int index, int item) {
      if (page.entries().get(index).items().get(item) instanceof Event event
          && filter.matches(event)) {
        left--;
        start = before(index, item);
      }
      return left > 0;
    }

    private Position before(int index, int item) {
      List<HistoryEntry> entries = page.entries();
      StreamItem previous = item == 0 ? null : entries.get(index).items().get(item - 1);
      if (previous instanceof Event event && event.position() != null) {
        return event.position();
      }
      return index == 0 ? page.start() : entries.get(index - 1).position();
    }
  }
}
