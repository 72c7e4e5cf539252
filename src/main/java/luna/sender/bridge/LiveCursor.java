package luna.sender.bridge;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.HistoryRequest.Since;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The last delivered position of an account. It decides which live messages are delivered, and
 * which entries of pages, so that every entry is delivered exactly once and in order.
 *
 * <p>How: the numbers of an epoch have no holes. A live message with the next number is delivered;
 * one with a lower number was delivered before; a higher number shows that entries are missing. The
 * cursor is then <i>behind</i>: pages are read until they reach the head and the newest number that
 * was seen. Live messages are dropped meanwhile, because the pages have them.
 *
 * <p>Another epoch, or another entry of a delivered number, shows that the history was emptied or
 * restored. What was lost is then unknown. Delivery continues with the entries that are newer than
 * the last delivered one, by their IDs.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class LiveCursor {
  /**
   * During a failover, the reader may still be connected to the former master, which does not have
   * the newest entries.
   */
  static final int STALLS_LIMIT =
      (int) HistoryPage.RESTORE_LIMIT.dividedBy(HistoryPage.RESTORE_RETRY);

  private @Nullable Position last;

  /** The newest position of a live message that was dropped; null if a page has reached it. */
  private @Nullable Position seen;

  /** How many pages in a row have not reached {@link #seen}, although nothing followed them. */
  private int stalls;

  private boolean behind;

  /** Whether the history does not know {@link #last}, so that it is read by time. */
  private boolean diverged;

  /**
   * The last delivered position before the history diverged, until a newer entry or the end of
   * another epoch is reached. Entries that are not newer were delivered before.
   */
  private @Nullable Position floor;

  /**
   * Begins to deliver after a position.
   *
   * @param head the newest position after the subscription was confirmed
   */
  void start(Position head) {
    last = head;
    behind = !reaches(head);
  }

  boolean isStarted() {
    return last != null;
  }

  /** Returns the last delivered position; null before the start. */
  @Nullable Position last() {
    return last;
  }

  boolean isBehind() {
    return behind;
  }

  /** Requires a page, because live messages may have been lost. */
  void expectMissing() {
    behind = last != null;
  }

  /** Returns whether to deliver a live message. {@link #delivered} then records it. */
  boolean accepts(Position position) {
    Position previous = last;
    if (previous == null || behind) {
      see(position);
      return false;
    }
    if (position.epoch().equals(previous.epoch())) {
      if (position.number() == previous.number() + 1
          && previous.index() == Position.END
          && isNewer(position, previous)) {
        return isNew(position);
      }
      if (position.number() <= previous.number() && !isNewer(position, previous)) {
        return false;
      }
    }
    see(position);
    behind = true;
    return false;
  }

  /** Returns whether to deliver the next entry, and skips it otherwise. */
  private boolean isNew(Position position) {
    Position delivered = floor;
    if (delivered == null || isNewer(position, delivered)) {
      floor = null;
      return true;
    }
    last = position;
    return false;
  }

  private void see(Position position) {
    Position newest = seen;
    if (newest == null
        || !newest.epoch().equals(position.epoch())
        || newest.number() < position.number()) {
      seen = position;
    }
  }

  /** Records that everything up to this position was delivered. */
  void delivered(Position position) {
    last = position;
  }

  /** Returns which page to read next. */
  Range request() {
    Position position = last;
    if (position == null) {
      throw new IllegalStateException("cursor: not started (expected: started)");
    }
    return diverged ? new Since(Instant.ofEpochMilli(position.millis())) : new After(position);
  }

  /**
   * What a page means for the clients.
   *
   * @param lost whether entries before these are missing
   * @param entries to deliver in order; {@link #delivered} records each one
   * @param end everything up to this position is delivered after the entries
   */
  record Part(boolean lost, List<HistoryEntry> entries, Position end) {}

  /**
   * Returns what to deliver of the page that was requested last. After the delivery, {@link #ended}
   * determines whether another page is needed.
   */
  Part part(HistoryPage page) {
    Position position = last;
    if (position == null) {
      throw new IllegalStateException("cursor: not started (expected: started)");
    }
    if (!diverged && page.outcome() == Outcome.EXPIRED) {
      return new Part(!mayBeRestored(page), List.of(), position);
    }
    List<HistoryEntry> entries = new ArrayList<>(page.entries());
    Position delivered = floor;
    if (delivered != null) {
      entries.removeIf(entry -> !isNewer(entry.position(), delivered));
    } else if (page.outcome() == Outcome.COMPLETE) {
      entries.removeIf(entry -> entry.position().compareTo(position) <= 0);
    }
    Position end =
        page.entries().isEmpty()
            ? page.start()
            : page.entries().get(page.entries().size() - 1).position();
    return new Part(!diverged && page.outcome() == Outcome.PARTIAL, entries, end);
  }

  /** Records that a part was delivered. */
  void ended(HistoryPage page, Part part) {
    if (!diverged && page.outcome() == Outcome.EXPIRED) {
      diverged = !mayBeRestored(page);
      stalls = diverged ? 0 : stalls + 1;
      if (diverged) {
        raiseFloor();
      }
      return;
    }
    diverged = false;
    last = part.end();
    boolean reached = reaches(part.end());
    stalls = page.more() || reached ? 0 : stalls + 1;
    if (reached || stalls > STALLS_LIMIT) {
      // After the limit, the entry that was seen was on a former master that was not replicated.
      seen = null;
      stalls = 0;
    }
    behind = page.more() || seen != null;
    Position delivered = floor;
    if (!behind && delivered != null && !delivered.epoch().equals(part.end().epoch())) {
      floor = null;
    }
  }

  private boolean mayBeRestored(HistoryPage page) {
    Position position = last;
    return position != null && stalls < STALLS_LIMIT && page.mayBeRestored(position);
  }

  /** Returns whether the next page should be requested later, because the last one was too old. */
  boolean isStalled() {
    return stalls > 0;
  }

  private void raiseFloor() {
    Position delivered = floor;
    Position position = last;
    if (position != null && (delivered == null || isNewer(position, delivered))) {
      floor = position;
    }
  }

  private boolean reaches(Position position) {
    Position newest = seen;
    return newest == null
        || (newest.epoch().equals(position.epoch()) && newest.number() <= position.number());
  }

  /** Returns whether an entry has a higher ID than another one. */
  private static boolean isNewer(Position entry, Position other) {
    return entry.millis() == other.millis()
        ? entry.sequence() > other.sequence()
        : entry.millis() > other.millis();
  }
}
