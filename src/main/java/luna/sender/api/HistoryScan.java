package luna.sender.api;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import org.jspecify.annotations.Nullable;

/**
 * Collects the events of one request: reads the history page by page, and takes the events that
 * pass the filter.
 *
 * <p>How: after {@value #SLICE_MILLIS} ms of work, it continues in another task of the event loop.
 * After {@value #SCAN_SECONDS} s, it ends, and the client continues with its next request.
 *
 * <p>Errors: those of {@link HistoryClient}.
 *
 * <p>Owner: confined to its event loop; used for one request.
 */
final class HistoryScan {
  private static final int SLICE_MILLIS = 4;
  private static final int SCAN_SECONDS = 5;
  private static final long SLICE_NANOS = Duration.ofMillis(SLICE_MILLIS).toNanos();
  private static final long SCAN_NANOS = Duration.ofSeconds(SCAN_SECONDS).toNanos();

  /** The number of items between two readings of the clock. */
  private static final int CLOCK_ITEMS = 32;

  private final HistoryClient history;
  private final Context context;
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
      HistoryClient history,
      String account,
      EventFilter filter,
      boolean gaps,
      int limit) {
    this.history = history;
    this.context = vertx.getOrCreateContext();
    this.account = account;
    this.filter = filter;
    this.gaps = gaps;
    this.limit = limit;
  }

  /** Handles the items of a page one by one. */
  private interface Visitor {
    /** Returns whether to continue with the next item. */
    boolean visit(HistoryEntry entry, StreamItem item);

    /** Called after the last item of an entry. Returns whether to continue with the next entry. */
    boolean end(int index, HistoryEntry entry);
  }

  /** Collects the events of a range, from its start on. */
  Future<EventsPage> collect(HistoryRequest.Range range) {
    return history
        .read(account, range)
        .compose(
            first -> {
              EventsPage page = new EventsPage(limit);
              page.position(first.start());
              page.outcome(first.outcome());
              return take(page, first);
            });
  }

  private Future<EventsPage> take(EventsPage page, HistoryPage read) {
    List<HistoryEntry> entries = read.entries();
    Visitor collector =
        new Visitor() {
          @Override
          public boolean visit(HistoryEntry entry, StreamItem item) {
            boolean fits = !passes(item) || page.add(item, positionOf(item, entry));
            page.more(!fits);
            return fits;
          }

          @Override
          public boolean end(int index, HistoryEntry entry) {
            page.position(entry.position());
            // A page from the cache can end before the newest entry, or not.
            page.more(
                index + 1 < entries.size()
                    || (read.more() && !entry.position().isSameEntry(read.head())));
            return !page.isFull();
          }
        };
    return visit(entries, false, collector)
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

  /** Collects the newest events that pass, this many. */
  Future<EventsPage> newest(int count) {
    return history
        .read(account, new HistoryRequest.Head())
        .compose(read -> find(HistoryRequest.Before.newest(read.head()), new Oldest(count)))
        .compose(
            oldest -> {
              HistoryRequest.Range range =
                  oldest.position == null
                      ? new HistoryRequest.Head()
                      : new HistoryRequest.After(
                          oldest.position.at(Math.max(oldest.position.index(), 0) - 1));
              return collect(range)
                  .onSuccess(
                      page -> {
                        if (oldest.incomplete) {
                          page.outcome(Outcome.PARTIAL);
                        }
                      });
            });
  }

  /** The oldest event that belongs to the result, as far as the search has come. */
  private final class Oldest implements Visitor {
    private int left;
    private @Nullable Position position;

    /** Whether the search ended before it had found all. */
    private boolean incomplete;

    Oldest(int count) {
      left = count;
    }

    @Override
    public boolean visit(HistoryEntry entry, StreamItem item) {
      if (item instanceof Event && passes(item)) {
        left--;
        position = positionOf(item, entry);
      }
      return left > 0;
    }

    @Override
    public boolean end(int index, HistoryEntry entry) {
      return true;
    }
  }

  private Future<Oldest> find(HistoryRequest.Before range, Oldest oldest) {
    return history
        .read(account, range)
        .compose(
            read ->
                visit(read.entries(), true, oldest)
                    .compose(
                        all -> {
                          if (!all || !read.more() || read.entries().isEmpty()) {
                            return Future.succeededFuture(oldest);
                          }
                          if (isLate()) {
                            oldest.incomplete = true;
                            return Future.succeededFuture(oldest);
                          }
                          return find(
                              new HistoryRequest.Before(read.entries().get(0).position()), oldest);
                        }));
  }

  private boolean passes(StreamItem item) {
    return item instanceof Event event ? filter.matches(event) : item instanceof Gap && gaps;
  }

  private static Position positionOf(StreamItem item, HistoryEntry entry) {
    Position own = item instanceof Event event ? event.position() : null;
    return own == null ? entry.position() : own;
  }

  private boolean isLate() {
    return System.nanoTime() - deadlineNanos > 0;
  }

  /** Visits all items. Succeeds with false if the visitor ended it. */
  private Future<Boolean> visit(List<HistoryEntry> entries, boolean backwards, Visitor visitor) {
    Promise<Boolean> visited = Promise.promise();
    new Visit(entries, backwards, visitor, visited).run();
    return visited.future();
  }

  /** A visit of a page's items, in slices. */
  private final class Visit {
    private final List<HistoryEntry> entries;
    private final boolean backwards;
    private final Visitor visitor;
    private final Promise<Boolean> visited;
    private int entriesDone;
    private int itemsDone;

    Visit(
        List<HistoryEntry> entries, boolean backwards, Visitor visitor, Promise<Boolean> visited) {
      this.entries = entries;
      this.backwards = backwards;
      this.visitor = visitor;
      this.visited = visited;
    }

    void run() {
      try {
        long endNanos = System.nanoTime() + SLICE_NANOS;
        for (int done = 1; entriesDone < entries.size(); done++) {
          if (!step()) {
            visited.complete(false);
            return;
          }
          if (done % CLOCK_ITEMS == 0 && System.nanoTime() - endNanos > 0) {
            context.runOnContext(now -> run());
            return;
          }
        }
        visited.complete(true);
      } catch (RuntimeException fault) {
        visited.fail(fault);
      }
    }

    private boolean step() {
      int index = backwards ? entries.size() - 1 - entriesDone : entriesDone;
      HistoryEntry entry = entries.get(index);
      int items = entry.items().size();
      if (itemsDone == items) {
        entriesDone++;
        itemsDone = 0;
        return visitor.end(index, entry);
      }
      int item = backwards ? items - 1 - itemsDone : itemsDone;
      itemsDone++;
      return visitor.visit(entry, entry.items().get(item));
    }
  }
}
