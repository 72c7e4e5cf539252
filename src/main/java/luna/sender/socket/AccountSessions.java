package luna.sender.socket;

import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongConsumer;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.event.StreamItem;
import luna.sender.filter.FilterIndex;
import luna.sender.metrics.AccountCounters;
import luna.sender.metrics.GapLedger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one account on one hub, the account's bus consumer, and what has come over the
 * bus and waits for its turn.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class AccountSessions {
  /** Lower-case UUID: one text for all sessions. */
  final String account;

  final AccountCounters book;
  final FilterIndex<Session> sessions;

  /** Those that want to know of gaps. */
  final List<Session> gapListeners = new ArrayList<>();

  /** What was announced and has not ended. */
  final List<Interruption> interruptions = new ArrayList<>();

  /** Those that want to know what their filters do. */
  final List<StatsReporter> watchers = new ArrayList<>();

  /** Memory for what waits for the account's clients. */
  final Budget.Part queue;

  /** Those for which something waits. */
  final BackloggedSessions holders = new BackloggedSessions();

  private final Budget.Part backlog;
  private final Deque<StreamItem> waiting = new ArrayDeque<>();

  /** The account is among those that wait for a turn. */
  boolean ready;

  /** Sessions and handshakes on their way: while there is one, the account stays subscribed. */
  int holds;

  @Nullable MessageConsumer<StreamItem> consumer;

  /** The timer that gives the account up, or -1. */
  long lingerTimer = -1;

  /** Of the events that are being shed; null while none are. */
  GapLedger.@Nullable Entry shedding;

  /** Since when; null before the first time. */
  @Nullable Moment shedFrom;

  Gap.Cause shedCause = Gap.Cause.OVERLOAD;
  long shed;

  AccountSessions(
      String account,
      AccountCounters book,
      Budget.Part queue,
      Budget.Part backlog,
      LongConsumer filterGrowth) {
    this.account = account;
    this.sessions = new FilterIndex<>(filterGrowth);
    this.book = book;
    this.queue = queue;
    this.backlog = backlog;
  }

  /** Whether the event may wait, as far as the account's own limit goes. */
  boolean isWithinLimit(Event event) {
    return backlog.isWithinLimit(event.textBytes());
  }

  /** Whether the event may wait beside those of all accounts. */
  boolean hasRoom(Event event) {
    return backlog.hasRoom(event.textBytes());
  }

  /** Whether so little waits that shedding may end: with less, it would begin again at once. */
  boolean isHalfEmpty() {
    return backlog.isWithinLimit(2 * backlog.bytes()) && backlog.hasRoom(backlog.bytes());
  }

  /** The size of the events that wait. */
  long waitingBytes() {
    return backlog.bytes();
  }

  /** Whether it is the hub's, and of no account. */
  boolean isOwn() {
    return account.isEmpty();
  }

  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  void add(StreamItem occurrence) {
    waiting.add(occurrence);
    if (occurrence instanceof Event event) {
      backlog.use(event.textBytes());
    }
  }

  /** The newest event, of which there must be one. */
  Event newest() {
    Iterator<StreamItem> newest = waiting.descendingIterator();
    while (newest.hasNext()) {
      if (newest.next() instanceof Event event) {
        return event;
      }
    }
    throw new IllegalStateException("waiting events: none (expected: one to shed)");
  }

  /** Takes {@link #newest} out; gaps and interruptions behind it stay. */
  void removeNewest() {
    Event newest = newest();
    waiting.removeLastOccurrence(newest);
    backlog.use(-newest.textBytes());
  }

  /** Puts an interruption in the place of the last one. */
  void replace(Interruption former, Interruption interruption) {
    waiting.removeLastOccurrence(former);
    waiting.add(interruption);
  }

  /** The most that the frame of the oldest occurrence may take, where that is an event. */
  long nextBytes() {
    return waiting.peek() instanceof Event event ? Framing.frameLimitBytes(event) : 0;
  }

  /** The oldest occurrence, or null if none waits. */
  @Nullable StreamItem next() {
    StreamItem next = waiting.poll();
    if (next instanceof Event event) {
      backlog.use(-event.textBytes());
    }
    return next;
  }
}
