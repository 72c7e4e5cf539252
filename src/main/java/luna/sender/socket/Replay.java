package luna.sender.socket;

import io.vertx.core.AsyncResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import org.jspecify.annotations.Nullable;

/**
 * The replay of one session: sends it the history page by page, then the live events that were
 * recorded meanwhile, and then joins it to the live events of its account.
 *
 * <p>How: it works in turns of at most {@value WriteBatch#LIMIT} events. The next turn begins when
 * the socket has accepted everything, so at most one page is in memory for a client, and a client
 * that reads slowly is never closed for it. While such a client does not read, it has neither a
 * page nor a slot. {@link Seam} decides when to join.
 *
 * <p>Errors: a page that cannot be read is requested again, with growing pauses. A fault closes the
 * session.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Replay {
  private static final int RECORD_EVENTS = 256;
  private static final long RECORD_BYTES = 1 << 18;

  /** The text of one turn. */
  private static final long TURN_BYTES = 1 << 16;

  /** How long a client may take to read a turn before it loses its page and its slot. */
  private static final long PATIENCE_NANOS = Duration.ofMillis(500).toNanos();

  /** The pause before a read that follows a page without entries. */
  private static final long REPEAT_MILLIS = 20;

  private static final long RETRY_MILLIS = 100;
  private static final long RETRY_LIMIT_MILLIS = 5000;

  private final ReplayContext context;
  private final Session session;
  private final SubscribeOptions options;
  private final AccountSessions account;
  private final Seam seam;
  private final @Nullable StatsReporter stats;
  private final long beganNanos = System.nanoTime();

  /** The index in the list of its account, or -1. */
  int listIndex = -1;

  /** Texts that are sent before the next event. */
  private final Deque<byte[]> texts = new ArrayDeque<>(2);

  /** The page that is being sent; null if it is over. */
  private @Nullable HistoryPage page;

  private int entry;
  private int item;

  /** Whether the history goes on after the last page. */
  private boolean more;

  /** Whether the last page has moved the cursor. */
  private boolean progress;

  /** When the client got the turn that it has not read yet; 0 if it has read everything. */
  private long sentNanos;

  private boolean hasSlot = true;
  private boolean awaiting;
  private boolean ended;
  private boolean caughtUp;
  private long replayed;
  private long retryMillis = RETRY_MILLIS;

  /**
   * Begins a replay and the record of live events. Takes over the slot.
   *
   * @param first the first page
   */
  Replay(ReplayContext context, Session session, SubscribeOptions options, HistoryPage first) {
    this.context = context;
    this.session = session;
    this.options = options;
    this.account = session.account();
    this.stats = context.registry().statsReporter(session, options);
    this.seam = new Seam(first.start(), account.live.complete(), RECORD_EVENTS, RECORD_BYTES);
    context.metrics().began(first.outcome());
    if (options.positions()) {
      texts.add(ReplayMessages.resume(first));
    }
    begin(first, ReplayMessages.time(options.start()));
    account.add(this);
  }

  /**
   * Returns the position up to which the session has received its events, or null while texts about
   * earlier ones are to be sent.
   */
  @Nullable Position position() {
    return texts.isEmpty() ? seam.cursor() : null;
  }

  /** Sends the first turn. */
  void start() {
    proceedLater();
  }

  /** Ends the replay, because the session has joined or has ended. */
  void end() {
    ended = true;
    page = null;
    account.remove(this);
    releaseSlot();
  }

  /** Frees what a client that does not read has no use for; called by the periodic sweep. */
  void tick(long nowNanos) {
    if (sentNanos != 0 && hasSlot && nowNanos - sentNanos >= PATIENCE_NANOS) {
      // It is read again from the cursor.
      page = null;
      more = true;
      releaseSlot();
    }
  }

  private void releaseSlot() {
    if (hasSlot) {
      hasSlot = false;
      context.slots().release();
    }
  }

  /**
   * Handles a live event of the account, before it is matched: records it, or joins the session, so
   * that the match finds it.
   */
  void live(Event event) {
    guarded(
        () -> {
          seam.live(event);
          if (awaiting) {
            continueWaiting();
          }
        });
  }

  private void continueWaiting() {
    switch (seam.next(account.live)) {
      case TAKE -> join();
      case READ -> request();
      default -> {
        // The session has the event already.
      }
    }
  }

  /** Handles a gap in the live events: what they lack is read from the history. */
  void gap() {
    seam.gap();
    if (awaiting) {
      retry();
    }
  }

  private boolean isActive() {
    return !ended && session.isOpen();
  }

  /**
   * Uses a page, which follows the cursor.
   *
   * @param after the time from which on events may be missing before the page
   */
  private void begin(HistoryPage next, Instant after) {
    page = next;
    entry = 0;
    item = 0;
    more = next.more();
    progress = !next.entries().isEmpty() || next.outcome() != HistoryPage.Outcome.COMPLETE;
    Gap gap = ReplayMessages.gap(next, after, context.clock());
    if (gap != null) {
      texts.add(gap.text());
      seam.jumpedTo(next.start());
    }
  }

  private void proceedLater() {
    context.turns().execute(this::proceed, fault -> session.onFault(Step.DELIVER, fault));
  }

  /** Does one turn, if the session has nothing queued. */
  private void proceed() {
    guarded(
        () -> {
          if (session.isIdle()) {
            sentNanos = 0;
            turn();
          } else {
            sentNanos = sentNanos == 0 ? System.nanoTime() : sentNanos;
            session.channel().whenDrained(this::proceedLater);
          }
        });
  }

  private void turn() {
    while (!texts.isEmpty()) {
      if (!session.trySendText(texts.element())) {
        proceedLater();
        return;
      }
      texts.remove();
    }
    if (page != null) {
      sendPage(page);
      proceedLater();
    } else if (more && !seam.isCovered(account.live)) {
      request();
    } else {
      continueAtEnd();
    }
  }

  /** Continues when the history has been sent to its end. */
  private void continueAtEnd() {
    switch (seam.next(account.live)) {
      case READ -> {
        if (progress) {
          request();
        } else {
          context.vertx().setTimer(REPEAT_MILLIS, due -> retry());
        }
      }
      case TAKE -> {
        sendRecorded();
        if (seam.peek() == null && session.isIdle()) {
          // In this task, because the next one may find further recorded events.
          continueAtEnd();
        } else {
          proceedLater();
        }
      }
      case AWAIT -> {
        caughtUp();
        awaiting = true;
      }
      case JOIN -> {
        caughtUp();
        join();
      }
    }
  }

  /** Requests the history after the cursor, once the replay has a slot. */
  private void request() {
    awaiting = false;
    if (hasSlot || caughtUp) {
      read();
      return;
    }
    context
        .slots()
        .acquireAgain(context.vertx())
        .onSuccess(
            acquired -> {
              hasSlot = true;
              if (isActive()) {
                guarded(this::read);
              } else {
                releaseSlot();
              }
            });
  }

  private void read() {
    seam.requested();
    Position after = seam.cursor();
    context
        .reads()
        .read(account.account, new HistoryRequest.After(after))
        .onComplete(answer -> guarded(() -> onPage(answer, after)));
  }

  private void onPage(AsyncResult<HistoryPage> answer, Position after) {
    if (answer.succeeded()) {
      retryMillis = RETRY_MILLIS;
      begin(answer.result(), Instant.ofEpochMilli(after.millis()));
      proceedLater();
    } else {
      // Random, so that the clients of a node do not retry together.
      long wait = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis);
      context.vertx().setTimer(wait, due -> retry());
      retryMillis = Math.min(2 * retryMillis, RETRY_LIMIT_MILLIS);
    }
  }

  private void retry() {
    guarded(this::request);
  }

  /** Runs a task if the replay goes on; a fault closes the session. */
  private void guarded(Runnable task) {
    if (!isActive()) {
      return;
    }
    try {
      task.run();
    } catch (Throwable fault) {
      session.onFault(Step.DELIVER, fault);
    }
  }

  /** Sends the next events of the page, at most one turn. */
  private void sendPage(HistoryPage current) {
    List<HistoryEntry> entries = current.entries();
    Turn turn = new Turn();
    try {
      while (entry < entries.size() && sendEntry(turn, entries.get(entry))) {
        seam.skippedTo(entries.get(entry).position().end());
        entry++;
        item = 0;
      }
    } finally {
      turn.end();
    }
    if (entry == entries.size()) {
      page = null;
      // The page has the rest of the entry.
      seam.skippedTo(seam.cursor().end());
    }
  }

  /** Returns false if the turn ends before the entry does. */
  private boolean sendEntry(Turn turn, HistoryEntry next) {
    while (item < next.items().size() && texts.isEmpty()) {
      if (!sendItem(turn, next.items().get(item))) {
        return false;
      }
      item++;
    }
    return texts.isEmpty();
  }

  /** Returns false if the turn has no room for the item. */
  private boolean sendItem(Turn turn, StreamItem next) {
    if (next instanceof Event event && event.position() != null) {
      if (!turn.hasRoom(event)) {
        return false;
      }
      turn.send(event);
      seam.reached(event.position());
    } else if (next instanceof Gap gap && options.gaps()) {
      texts.add(gap.text());
    }
    return true;
  }

  private void sendRecorded() {
    Turn turn = new Turn();
    try {
      while (seam.next(account.live) == Seam.Next.TAKE
          && turn.hasRoom(Objects.requireNonNull(seam.peek()))) {
        turn.send(seam.take());
      }
    } finally {
      turn.end();
    }
  }

  private void caughtUp() {
    if (!caughtUp) {
      caughtUp = true;
      releaseSlot();
      context.metrics().caughtUp(System.nanoTime() - beganNanos);
      if (options.positions()) {
        session.trySendText(ReplayMessages.live(replayed, seam.cursor()));
      }
    }
  }

  private void join() {
    end();
    try {
      session.replay(null);
      context.registry().join(session, options, stats);
    } catch (Throwable fault) {
      session.onFault(Step.DELIVER, fault);
    }
  }

  /** The events that are sent at once. */
  private final class Turn {
    private final long now = System.nanoTime();
    private final long limitBytes =
        Math.min(TURN_BYTES, session.loop.settings().queueLimitBytes() / 2);
    private long bytes;
    private int tested;
    private int passed;

    boolean hasRoom(Event event) {
      return !context.batch().isFull()
          && (bytes == 0 || bytes + Framing.frameLimitBytes(event) <= limitBytes);
    }

    void send(Event event) {
      tested++;
      if (stats != null) {
        stats.count(event.attributes());
      }
      if (options.filter().matches(event)) {
        int position = context.batch().add(event, account, now);
        if (passed++ == 0) {
          context.batch().add(session);
        }
        session.mark(position);
        bytes += Framing.frameLimitBytes(event);
      }
    }

    void end() {
      context.events().matched(passed);
      account.counters.received(tested);
      account.counters.matched(passed);
      account.counters.unmatched(tested - passed);
      context.metrics().replayed(passed);
      replayed += passed;
      // Last: it counts the results.
      context.batch().flush();
    }
  }
}
