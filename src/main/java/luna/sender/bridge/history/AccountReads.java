package luna.sender.bridge.history;

import io.vertx.core.AsyncResult;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import luna.sender.bridge.RedisErrors;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.HistoryRequest.AfterEvent;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.Position;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * The requests for the history of one account, and what is being read for them.
 *
 * <p>How: at most one page of an account is read at a time. Its result answers every request that
 * it can answer, so that requests of many clients cost one read. A request that was made while the
 * page was being read gets no statement about the end of the history from it. The same applies to
 * searches for event ids.
 *
 * <p>Owner: confined to its reader's event loop.
 */
final class AccountReads {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /** How many entries to read while the size of the account's payloads is unknown. */
  private static final int FIRST_ENTRIES = 32;

  /** A position of no epoch. */
  private static final Position UNKNOWN = new Position("0", 0, 0, 0, Position.END);

  private final String account;
  private final FaultGuard guard;
  private final StreamReads streams;
  private final EntryParser parser;
  private final PageReader pages;
  private final PageCache cache;
  private final Listener listener;
  private final List<Waiting> waiting = new ArrayList<>();

  /** The average size of an entry of the last page; 0 if unknown. */
  private long averageBytes;

  private boolean reading;
  private boolean searching;

  /** Receives the notifications of an account. */
  interface Listener {
    /** Reports that this many requests were answered. */
    void answered(int count);

    /**
     * Takes back a request for an event that was not found. Returns false if the event cannot be
     * restored any more.
     */
    boolean repeats(Message<HistoryRequest> request);

    /** Reports that a read or a search has ended. */
    void ended(AccountReads account);
  }

  /** A request without an answer. */
  private static final class Waiting {
    final Message<HistoryRequest> message;
    Range range;

    /** Whether the current read or search began after the request. */
    boolean included;

    boolean answered;

    Waiting(Message<HistoryRequest> message) {
      this.message = message;
      this.range = message.body().range();
    }

    boolean isSearch() {
      return range instanceof AfterEvent;
    }
  }

  AccountReads(
      String account,
      FaultGuard guard,
      StreamReads streams,
      EntryParser parser,
      PageCache cache,
      Listener listener) {
    this.account = account;
    this.guard = guard;
    this.streams = streams;
    this.parser = parser;
    this.pages = new PageReader(streams, parser);
    this.cache = cache;
    this.listener = listener;
  }

  String account() {
    return account;
  }

  void add(Message<HistoryRequest> message) {
    waiting.add(new Waiting(message));
  }

  boolean isIdle() {
    return waiting.isEmpty() && !reading && !searching;
  }

  /** Returns whether a read or a search can start. */
  boolean isReady() {
    for (Waiting each : waiting) {
      if (each.isSearch() ? !searching : !reading) {
        return true;
      }
    }
    return false;
  }

  /** Starts a read for the oldest request, and a search. Returns how many have started. */
  int start() {
    int started = 0;
    if (!reading && include(false)) {
      reading = true;
      started++;
      read();
    }
    if (!searching && include(true)) {
      searching = true;
      started++;
      search();
    }
    return started;
  }

  /** Includes all requests into the read or search that starts. Returns false if there are none. */
  private boolean include(boolean search) {
    boolean any = false;
    for (Waiting each : waiting) {
      if (each.isSearch() == search) {
        each.included = true;
        any = true;
      }
    }
    return any;
  }

  private void read() {
    Range oldest = null;
    for (Waiting each : waiting) {
      if (oldest == null && !each.isSearch()) {
        oldest = each.range;
      }
    }
    Range range = Objects.requireNonNull(oldest);
    guard.ask(GuardedTask.HISTORY_READ, () -> pages.read(account, range, count()), this::readEnded);
  }

  private int count() {
    return averageBytes == 0
        ? FIRST_ENTRIES
        : (int)
            Math.max(1, Math.min(PageReader.PAGE_ENTRIES, PageReader.PAGE_BYTES / averageBytes));
  }

  private void readEnded(AsyncResult<StoredPage> answer) {
    reading = false;
    if (answer.failed()) {
      fail(false, RedisErrors.text(answer.cause()));
    } else if (!guard.run(GuardedTask.HISTORY_READ, () -> onPage(answer.result()))) {
      fail(false, "a fault of this service");
    }
    ended(false);
  }

  private void onPage(StoredPage page) {
    int entries = page.page().entries().size();
    if (entries > 0) {
      averageBytes = Math.max(1, page.bytes() / entries);
    }
    cache.add(page);
    for (Waiting each : waiting) {
      HistoryPage part = each.isSearch() ? null : page.answer(each.range, each.included);
      if (part != null) {
        each.answered = true;
        each.message.reply(part, LOCAL);
      }
    }
  }

  private void search() {
    Set<String> ids = new LinkedHashSet<>();
    for (Waiting each : waiting) {
      if (each.range instanceof AfterEvent event) {
        ids.add(event.eventId());
      }
    }
    guard.ask(
        GuardedTask.HISTORY_READ,
        () -> new EventSearch(streams, parser, account, ids, count()).run(),
        this::searchEnded);
  }

  private void searchEnded(AsyncResult<Map<String, Position>> answer) {
    searching = false;
    if (answer.failed()) {
      fail(true, RedisErrors.text(answer.cause()));
    } else {
      for (Waiting each : waiting) {
        if (each.included && each.range instanceof AfterEvent event) {
          Position found = answer.result().get(event.eventId());
          each.answered = found == null && listener.repeats(each.message);
          each.range = new After(found == null ? UNKNOWN : found);
          each.included = false;
        }
      }
    }
    ended(true);
  }

  private void fail(boolean search, String why) {
    for (Waiting each : waiting) {
      if (each.included && !each.answered && each.isSearch() == search) {
        each.answered = true;
        each.message.fail(HistoryRequest.UNAVAILABLE, why);
      }
    }
  }

  private void ended(boolean search) {
    int before = waiting.size();
    waiting.removeIf(each -> each.answered);
    for (Waiting each : waiting) {
      each.included &= each.isSearch() != search;
    }
    listener.answered(before - waiting.size());
    listener.ended(this);
  }
}
