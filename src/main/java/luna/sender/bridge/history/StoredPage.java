package luna.sender.bridge.history;

import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.HistoryRequest.Before;
import luna.sender.event.HistoryRequest.Head;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import org.jspecify.annotations.Nullable;

/**
 * What one read of a stream has returned. It answers equal requests, and requests for events after
 * a position inside of it.
 *
 * <p>Owner: immutable.
 *
 * @param asked the request for which it was read
 * @param page the entries are complete; the request may need only a part of the first one
 * @param bytes estimated memory
 * @param readNanos when it was read, by {@link System#nanoTime}
 */
record StoredPage(String account, Range asked, HistoryPage page, long bytes, long readNanos) {
  private static final Head HEAD = new Head();

  /**
   * Returns the answer to a request, or null if this page does not answer it.
   *
   * @param fresh whether the page was read after the request was made. Otherwise it may lack newer
   *     entries, so the answer claims that more follow
   */
  @Nullable HistoryPage answer(Range range, boolean fresh) {
    if (fresh && range.equals(HEAD)) {
      return head(page.head());
    }
    if (range instanceof After after) {
      int index = indexOf(after.position());
      if (index >= 0) {
        return after(after, index, fresh);
      }
    }
    if (!range.equals(asked)) {
      return null;
    }
    if (fresh || range instanceof Before) {
      return page;
    }
    return page.entries().isEmpty() ? null : claimMore();
  }

  /** Returns the index of the entry of a position, or -1. */
  private int indexOf(Position position) {
    List<HistoryEntry> entries = page.entries();
    if (entries.isEmpty()) {
      return -1;
    }
    long index = position.number() - entries.get(0).position().number();
    return index >= 0
            && index < entries.size()
            && entries.get((int) index).position().isSameEntry(position)
        ? (int) index
        : -1;
  }

  private @Nullable HistoryPage after(After range, int index, boolean fresh) {
    List<HistoryEntry> rest = rest(page.entries(), index, range.position());
    boolean isUpToDate = fresh && !followedByMore();
    boolean answers = !rest.isEmpty() || isUpToDate || (fresh && range.equals(asked));
    return answers
        ? new HistoryPage(
            rest, range.position(), page.head(), !isUpToDate, HistoryPage.Outcome.COMPLETE, 0)
        : null;
  }

  /** Returns whether newer entries followed the last one when the page was read. */
  private boolean followedByMore() {
    List<HistoryEntry> entries = page.entries();
    return entries.get(entries.size() - 1).position().number() < page.head().number();
  }

  private static List<HistoryEntry> rest(List<HistoryEntry> entries, int index, Position position) {
    List<HistoryEntry> following = entries.subList(index + 1, entries.size());
    if (position.index() == Position.END) {
      return following;
    }
    HistoryEntry own = entries.get(index);
    List<StreamItem> items = new ArrayList<>();
    for (StreamItem item : own.items()) {
      if (item instanceof Event event
          && event.position() != null
          && event.position().index() > position.index()) {
        items.add(event);
      }
    }
    if (items.isEmpty()) {
      return following;
    }
    List<HistoryEntry> rest = new ArrayList<>(following.size() + 1);
    rest.add(new HistoryEntry(own.position(), items));
    rest.addAll(following);
    return rest;
  }

  private HistoryPage claimMore() {
    return new HistoryPage(
        page.entries(), page.start(), page.head(), true, page.outcome(), page.missing());
  }

  /** Returns a page without entries. */
  static HistoryPage head(Position head) {
    return new HistoryPage(List.of(), head, head, false, HistoryPage.Outcome.COMPLETE, 0);
  }
}
