package luna.sender.socket;

import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.StreamItem;
import luna.sender.filter.FilterIndex;
import luna.sender.metrics.AccountCounters;
import luna.sender.metrics.GapLedger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one account on one hub, the account's event bus consumer, and the items from the
 * bus that are queued until the account's turn.
 *
 * <p>See: {@code ACCOUNT_BACKLOG_LIMIT_BYTES} and the metric {@code luna_sender_backlog_bytes} mean
 * the events among these queued items when they say backlog. The class {@link FrameQueue} is
 * another queue: frames of one client.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class AccountSessions {
  /** A lower-case UUID; all sessions share one string. */
  final String account;

  final AccountCounters counters;
  final FilterIndex<Session> sessions;

  /** Sessions of clients that requested gap messages. */
  final List<Session> gapListeners = new ArrayList<>();

  /** How far the account's events have been delivered here. */
  final LivePosition live = new LivePosition();

  /** Replays of sessions that do not get live events yet; each knows its index. */
  private final List<Replay> replays = new ArrayList<>(0);

  /** Announced interruptions that have not ended. */
  final List<Interruption> interruptions = new ArrayList<>();

  /** Reporters for clients that requested filter statistics. */
  final List<StatsReporter> statsReporters = new ArrayList<>();

  /** Requests that wait for an event. */
  final List<EventWait> waits = new ArrayList<>(0);

  /** Memory of the frames that are queued for the account's clients. */
  final Budget.Part queueBudget;

  /** Sessions that have queued frames. */
  final QueueingSessions queueing = new QueueingSessions();

  private final Budget.Part backlogBudget;
  private final Deque<StreamItem> items = new ArrayDeque<>();

  /** Whether the account is in the scheduler's queue. */
  boolean ready;

  /**
   * The number of sessions and pending handshakes; the account stays subscribed while it is
   * positive.
   */
  int references;

  @Nullable MessageConsumer<StreamItem> consumer;

  /** The timer that unsubscribes the account, or -1. */
  long lingerTimer = -1;

  /** The open gap of the events that are being shed; null if none are. */
  GapLedger.@Nullable Entry shedding;

  /** The start of the latest gap of shed events; null before the first one. */
  @Nullable DualTimestamp shedFrom;

  Gap.Cause shedCause = Gap.Cause.OVERLOAD;
  long shedEvents;

  AccountSessions(
      String account,
      AccountCounters counters,
      Budget.Part queueBudget,
      Budget.Part backlogBudget,
      LongConsumer filterGrowth) {
    this.account = account;
    this.sessions = new FilterIndex<>(filterGrowth);
    this.counters = counters;
    this.queueBudget = queueBudget;
    this.backlogBudget = backlogBudget;
  }

  void add(Replay replay) {
    replay.listIndex = replays.size();
    replays.add(replay);
  }

  /** Removes a replay, if it is present; the last one takes its index. */
  void remove(Replay replay) {
    int index = replay.listIndex;
    if (index >= 0) {
      replay.listIndex = -1;
      Replay last = replays.remove(replays.size() - 1);
      if (last != replay) {
        replays.set(index, last);
        last.listIndex = index;
      }
    }
  }

  /** Calls the action for each replay, which may remove itself. */
  void forEachReplay(Consumer<Replay> action) {
    for (int i = replays.size() - 1; i >= 0; i--) {
      action.accept(replays.get(i));
    }
  }

  int replayCount() {
    return replays.size();
  }

  boolean hasReplays() {
    return !replays.isEmpty();
  }

  /** Returns whether the account's own limit allows the event to be queued. */
  boolean isWithinLimit(Event event) {
    return backlogBudget.isWithinLimit(event.textBytes());
  }

  /** Returns whether the limit that all accounts share allows the event to be queued. */
  boolean hasRoom(Event event) {
    return backlogBudget.hasRoom(event.textBytes());
  }

  /**
   * Returns whether shedding may end: at most half of the account's limit is in use, and the shared
   * limit has at least as many free bytes as this account uses. With less free space, shedding
   * would start again immediately.
   */
  boolean isHalfEmpty() {
    return backlogBudget.isWithinLimit(2 * backlogBudget.bytes())
        && backlogBudget.hasRoom(backlogBudget.bytes());
  }

  /**
   * Returns whether a client of the last event can expect another of the queued events.
   *
   * @param matched how many clients the last event matched
   */
  boolean expectsJoinedFrames(int matched) {
    return expectsJoinedFrames(matched, items.size(), sessions.size());
  }

  /** Returns whether a client gets half a queued event or more, if all match as many clients. */
  static boolean expectsJoinedFrames(int matched, int queued, int clients) {
    return 2L * matched * queued >= Math.max(1, clients);
  }

  /** Returns the size of the queued events. */
  long queuedBytes() {
    return backlogBudget.bytes();
  }

  /** Returns whether this is the hub's internal queue, which belongs to no account. */
  boolean isInternal() {
    return account.isEmpty();
  }

  boolean hasQueuedItems() {
    return !items.isEmpty();
  }

  void add(StreamItem item) {
    items.add(item);
    if (item instanceof Event event) {
      backlogBudget.use(event.textBytes());
    }
  }

  /**
   * Returns the newest queued event.
   *
   * @throws IllegalStateException if no event is queued
   */
  Event newest() {
    Iterator<StreamItem> newest = items.descendingIterator();
    while (newest.hasNext()) {
      if (newest.next() instanceof Event event) {
        return event;
      }
    }
    throw new IllegalStateException("queued events: none (expected: one to shed)");
  }

  /** Removes the {@link #newest} event; gaps and interruptions after it stay. */
  void removeNewest() {
    Event newest = newest();
    items.removeLastOccurrence(newest);
    backlogBudget.use(-newest.textBytes());
  }

  /** Replaces the last interruption. */
  void replace(Interruption previous, Interruption interruption) {
    items.removeLastOccurrence(previous);
    items.add(interruption);
  }

  /** Returns the maximum frame size of the oldest item, or 0 if it is not an event. */
  long nextBytes() {
    return items.peek() instanceof Event event ? Framing.frameLimitBytes(event) : 0;
  }

  /** Removes and returns the oldest item, or returns null if none is queued. */
  @Nullable StreamItem next() {
    StreamItem next = items.poll();
    if (next instanceof Event event) {
      backlogBudget.use(-event.textBytes());
    }
    return next;
  }
}
