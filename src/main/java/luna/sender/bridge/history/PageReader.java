package luna.sender.bridge.history;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import luna.sender.bridge.history.StreamReads.Batch;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.HistoryRequest.Before;
import luna.sender.event.HistoryRequest.Head;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.HistoryRequest.Since;
import luna.sender.event.Position;

/**
 * Reads one page of a history, and determines whether it begins where the request says.
 *
 * <p>Owner: confined to its reader's event loop.
 */
final class PageReader {
  /** The size at which a page ends. */
  static final int PAGE_BYTES = 1 << 20;

  /** The maximum number of entries of a page. */
  static final int PAGE_ENTRIES = 128;

  /** Memory of a parsed event besides its text. */
  private static final int EVENT_COST_BYTES = 600;

  private final StreamReads reads;
  private final EntryParser parser;

  PageReader(StreamReads reads, EntryParser parser) {
    this.reads = reads;
    this.parser = parser;
  }

  /**
   * @param count how many entries to read at most
   */
  Future<StoredPage> read(String account, Range range, int count) {
    return new Read(account, range, count).run(true);
  }

  /** One read. */
  private final class Read {
    private final String account;
    private final Range range;
    private final int count;

    Read(String account, Range range, int count) {
      this.account = account;
      this.range = range;
      this.count = count;
    }

    Future<StoredPage> run(boolean first) {
      if (range instanceof Head) {
        return reads.head(account).map(head -> stored(List.of(), 0, StoredPage.head(head)));
      }
      return batch()
          .compose(
              batch -> {
                Position head = batch.head();
                if (head != null && !batch.isTorn()) {
                  return page(batch, head);
                }
                if (!first) {
                  return Future.failedFuture("history: changes (expected: one epoch)");
                }
                // Begins an epoch. Without one, the entries of the stream have no position.
                return reads.head(account).compose(created -> run(false));
              });
    }

    private Future<Batch> batch() {
      if (range instanceof After after) {
        return reads.from(account, after.position().id(), count + 1);
      }
      if (range instanceof Since since) {
        return reads.from(account, Math.max(0, since.time().toEpochMilli()) + "-0", count);
      }
      if (range instanceof Before before) {
        return reads.upTo(account, "(" + before.position().id(), count);
      }
      throw new IllegalArgumentException("range: " + range + " (expected: one of a page)");
    }

    private Future<StoredPage> page(Batch batch, Position head) {
      if (range instanceof After after) {
        return after(batch, head, after.position());
      }
      if (range instanceof Since since) {
        return Future.succeededFuture(since(batch, head, since.time()));
      }
      return before(batch, head, ((Before) range).position());
    }

    private Future<StoredPage> after(Batch batch, Position head, Position position) {
      RawEntry first = batch.first();
      RawEntry oldest = batch.oldest();
      long number = position.number();
      if (!head.epoch().equals(position.epoch())) {
        // Another epoch has none of the client's entries, not even in the same millisecond.
        return unknown(position.millis() + "-0");
      }
      if (number > head.number()) {
        return unknown("(" + position.id())
            .compose(
                page ->
                    page.page().mayBeRestored(position)
                        ? Future.succeededFuture(page)
                        : run(true)); // it was restored between the two reads
      }
      boolean isStart = first != null && first.before(head.epoch()).equals(position);
      if (isStart || (first != null && first.isAt(position))) {
        return forwards(batch.entries(), head, position, Outcome.COMPLETE, 0);
      }
      boolean trimmed = oldest == null || oldest.number() > number;
      boolean isHead = number == head.number() && head.isSameEntry(position);
      if (!trimmed || (number == head.number() && !isHead)) {
        // The stream has another entry of this number.
        return unknown("(" + position.id());
      }
      long missing = (first == null ? head.number() + 1 : first.number()) - number - 1;
      if (missing <= 0 && position.index() == Position.END) {
        return forwards(batch.entries(), head, position, Outcome.COMPLETE, 0);
      }
      if (missing <= 0) {
        // The entry of the position was trimmed, and may have had further events.
        missing = Gap.UNKNOWN;
      }
      return forwards(
          batch.entries(), head, start(batch.entries(), head), Outcome.PARTIAL, missing);
    }

    /**
     * Reads from a position that the history does not know. Entries that are older by their time
     * are left out, because the client may have them.
     */
    private Future<StoredPage> unknown(String start) {
      return reads
          .from(account, start, count)
          .compose(
              batch -> {
                Position head = batch.head();
                return head == null || batch.isTorn()
                    ? Future.failedFuture("history: changes (expected: one epoch)")
                    : forwards(
                        batch.entries(),
                        head,
                        start(batch.entries(), head),
                        Outcome.EXPIRED,
                        Gap.UNKNOWN);
              });
    }

    private StoredPage since(Batch batch, Position head, Instant time) {
      RawEntry oldest = batch.oldest();
      long oldestMillis = oldest == null ? head.millis() : oldest.millis();
      boolean trimmed = oldest == null ? head.number() > 0 : oldest.number() > 1;
      boolean partial = trimmed && time.toEpochMilli() < oldestMillis;
      return forwardPage(
          batch.entries(),
          head,
          start(batch.entries(), head),
          partial ? Outcome.PARTIAL : Outcome.COMPLETE,
          partial ? Gap.UNKNOWN : 0);
    }

    private Future<StoredPage> before(Batch batch, Position head, Position position) {
      boolean otherEpoch = !head.epoch().equals(position.epoch());
      if (otherEpoch || position.number() > head.number()) {
        Outcome outcome = otherEpoch ? Outcome.EXPIRED : Outcome.COMPLETE;
        return reads
            .upTo(account, "+", count)
            .compose(
                newest -> {
                  Position newestHead = newest.head();
                  return newestHead == null || newest.isTorn()
                      ? Future.failedFuture("history: changes (expected: one epoch)")
                      : Future.succeededFuture(
                          backwards(
                              newest, newestHead, start(newest.entries(), newestHead), outcome));
                });
      }
      return Future.succeededFuture(
          backwards(
              batch,
              head,
              batch.entries().isEmpty() ? position : start(batch.entries(), head),
              Outcome.COMPLETE));
    }

    private StoredPage backwards(Batch batch, Position head, Position start, Outcome outcome) {
      List<RawEntry> entries = newest(batch.entries());
      RawEntry oldest = batch.oldest();
      boolean more =
          !entries.isEmpty() && oldest != null && oldest.number() < entries.get(0).number();
      long missing = outcome == Outcome.EXPIRED ? Gap.UNKNOWN : 0;
      Position begin = entries.isEmpty() ? start : entries.get(0).before(head.epoch());
      return stored(
          entries,
          bytes(entries),
          new HistoryPage(parse(entries, head), begin, head, more, outcome, missing));
    }

    private Future<StoredPage> forwards(
        List<RawEntry> entries, Position head, Position start, Outcome outcome, long missing) {
      return Future.succeededFuture(forwardPage(entries, head, start, outcome, missing));
    }

    private StoredPage forwardPage(
        List<RawEntry> all, Position head, Position start, Outcome outcome, long missing) {
      List<RawEntry> entries = oldest(all);
      boolean more = !entries.isEmpty() && entries.get(entries.size() - 1).number() < head.number();
      return stored(
          entries,
          bytes(entries),
          new HistoryPage(parse(entries, head), start, head, more, outcome, missing));
    }

    private StoredPage stored(List<RawEntry> entries, long bytes, HistoryPage page) {
      return new StoredPage(account, range, page, bytes, System.nanoTime());
    }

    private List<HistoryEntry> parse(List<RawEntry> entries, Position head) {
      List<HistoryEntry> parsed = new ArrayList<>(entries.size());
      for (RawEntry entry : entries) {
        parsed.add(parser.parse(account, head.epoch(), entry));
      }
      return parsed;
    }
  }

  private static Position start(List<RawEntry> entries, Position head) {
    return entries.isEmpty() ? head : entries.get(0).before(head.epoch());
  }

  /** Returns the entries from the oldest on that fit into a page, at least two. */
  private static List<RawEntry> oldest(List<RawEntry> entries) {
    long bytes = 0;
    for (int i = 0; i < entries.size(); i++) {
      bytes += entries.get(i).bytes();
      if (bytes > PAGE_BYTES && i >= 2) {
        return entries.subList(0, i);
      }
    }
    return entries;
  }

  /** Returns the entries up to the newest that fit into a page, at least one. */
  private static List<RawEntry> newest(List<RawEntry> entries) {
    long bytes = 0;
    for (int i = entries.size() - 1; i >= 0; i--) {
      bytes += entries.get(i).bytes();
      if (bytes > PAGE_BYTES && i < entries.size() - 1) {
        return entries.subList(i + 1, entries.size());
      }
    }
    return entries;
  }

  private static long bytes(List<RawEntry> entries) {
    long bytes = 0;
    for (RawEntry entry : entries) {
      bytes += entry.bytes() + EVENT_COST_BYTES;
    }
    return bytes;
  }
}
