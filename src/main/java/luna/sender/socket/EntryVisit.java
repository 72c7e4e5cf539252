package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import luna.sender.event.HistoryEntry;

/**
 * A visit of the items of a page, one by one. After {@value #SLICE_MILLIS} ms of work, it continues
 * in another task of the event loop.
 *
 * <p>Errors: the future fails with what the visitor throws.
 *
 * <p>Owner: confined to the event loop of its context.
 */
public final class EntryVisit {
  private static final int SLICE_MILLIS = 4;
  private static final long SLICE_NANOS = Duration.ofMillis(SLICE_MILLIS).toNanos();

  /** The number of steps between two readings of the clock. */
  private static final int CLOCK_STEPS = 32;

  private final Context context;
  private final List<HistoryEntry> entries;
  private final boolean backwards;
  private final Visitor visitor;
  private final Promise<Boolean> visited = Promise.promise();
  private int entriesDone;
  private int itemsDone;

  /** Handles the items of a page. */
  public interface Visitor {
    /**
     * Handles an item.
     *
     * @param index of the entry in the page
     * @param item the index of the item in the entry
     * @return whether to continue with the next item
     */
    boolean visit(int index, int item);

    /** Called after the last item of an entry. Returns whether to continue with the next entry. */
    default boolean end(int index) {
      return true;
    }
  }

  private EntryVisit(
      Context context, List<HistoryEntry> entries, boolean backwards, Visitor visitor) {
    this.context = context;
    this.entries = entries;
    this.backwards = backwards;
    this.visitor = visitor;
  }

  /** Visits all items in order. Succeeds with false if the visitor has ended the visit. */
  public static Future<Boolean> forwards(
      Context context, List<HistoryEntry> entries, Visitor visitor) {
    return new EntryVisit(context, entries, false, visitor).start();
  }

  /** Visits all items in reverse order. Succeeds with false if the visitor has ended the visit. */
  static Future<Boolean> backwards(Context context, List<HistoryEntry> entries, Visitor visitor) {
    return new EntryVisit(context, entries, true, visitor).start();
  }

  private Future<Boolean> start() {
    run();
    return visited.future();
  }

  private void run() {
    try {
      long endNanos = System.nanoTime() + SLICE_NANOS;
      for (int done = 1; entriesDone < entries.size(); done++) {
        if (!step()) {
          visited.complete(false);
          return;
        }
        if (done % CLOCK_STEPS == 0 && System.nanoTime() - endNanos > 0) {
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
    int items = entries.get(index).items().size();
    if (itemsDone == items) {
      entriesDone++;
      itemsDone = 0;
      return visitor.end(index);
    }
    int item = backwards ? items - 1 - itemsDone : itemsDone;
    itemsDone++;
    return visitor.visit(index, item);
  }
}
