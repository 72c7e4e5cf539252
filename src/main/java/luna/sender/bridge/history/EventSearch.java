package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import luna.sender.bridge.history.StreamReads.Batch;
import luna.sender.event.Event;
import luna.sender.event.HistoryEntry;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import org.jspecify.annotations.Nullable;

/**
 * Searches the events with some ids, from the newest entry backwards.
 *
 * <p>How: a payload is parsed only if its bytes contain one of the ids. With many ids, each payload
 * is parsed, because that is faster.
 *
 * <p>Owner: confined to its reader's event loop.
 */
final class EventSearch {
  /** Where a search ends, even if some ids were not found. */
  private static final long LIMIT_BYTES = 64L << 20;

  /** The number of ids from which on each payload is parsed. */
  private static final int MANY = 8;

  private static final int PAGE_ENTRIES = 128;

  /** The bit of a letter in lower case. Digits and the dash have it too. */
  private static final int CASE = 0x20;

  private final StreamReads reads;
  private final EntryParser parser;
  private final String account;
  private final Set<String> wanted;
  private final Map<String, byte[]> texts = new HashMap<>();
  private final Map<String, Position> found = new HashMap<>();
  private final Promise<Map<String, Position>> result = Promise.promise();
  private int count;
  private long bytes;

  /**
   * @param ids UUIDs in lower case; those of events can have any case
   * @param count how many entries to read at first
   */
  EventSearch(StreamReads reads, EntryParser parser, String account, Set<String> ids, int count) {
    this.reads = reads;
    this.parser = parser;
    this.account = account;
    this.wanted = new HashSet<>(ids);
    this.count = count;
    ids.forEach(id -> texts.put(id, id.getBytes(UTF_8)));
  }

  /** Returns the position of the newest event of each id that was found. */
  Future<Map<String, Position>> run() {
    next("+");
    return result.future();
  }

  private void next(String end) {
    reads
        .upTo(account, end, count)
        .onComplete(
            answer -> {
              try {
                if (answer.succeeded()) {
                  search(answer.result());
                } else {
                  result.fail(answer.cause());
                }
              } catch (Throwable fault) {
                result.tryFail(fault);
              }
            });
  }

  private void search(Batch batch) {
    Position head = batch.head();
    List<RawEntry> entries = batch.entries();
    if (head != null && !batch.isTorn()) {
      for (int i = entries.size() - 1; i >= 0 && !wanted.isEmpty(); i--) {
        search(entries.get(i), head.epoch());
      }
    }
    RawEntry first = batch.first();
    if (first == null || head == null || wanted.isEmpty() || bytes > LIMIT_BYTES) {
      result.complete(found);
    } else {
      long read = entries.stream().mapToLong(RawEntry::bytes).sum();
      count =
          (int) Math.max(1, Math.min(PAGE_ENTRIES, PageReader.PAGE_BYTES * entries.size() / read));
      next("(" + first.id());
    }
  }

  private void search(RawEntry entry, String epoch) {
    bytes += entry.bytes();
    if (entry.gap() || !mayContain(entry.text())) {
      return;
    }
    HistoryEntry parsed = parser.parse(account, epoch, entry);
    List<StreamItem> items = parsed.items();
    for (int i = items.size() - 1; i >= 0; i--) {
      if (items.get(i) instanceof Event event) {
        found(event.id(), event.position());
      }
    }
  }

  private void found(@Nullable String id, @Nullable Position position) {
    String key = id == null ? null : id.toLowerCase(Locale.ROOT);
    if (key != null && position != null && wanted.remove(key)) {
      found.put(key, position);
    }
  }

  private boolean mayContain(byte[] text) {
    if (wanted.size() > MANY) {
      return true;
    }
    for (String id : wanted) {
      byte[] bytesOfId = texts.get(id);
      if (bytesOfId != null && contains(text, bytesOfId)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a text contains a UUID in lower case. It can be true without one. */
  private static boolean contains(byte[] text, byte[] part) {
    if (part.length == 0) {
      return false;
    }
    for (int i = 0; i <= text.length - part.length; i++) {
      int equal = 0;
      while (equal < part.length && (text[i + equal] | CASE) == part[equal]) {
        equal++;
      }
      if (equal == part.length) {
        return true;
      }
    }
    return false;
  }
}
