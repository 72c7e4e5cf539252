package luna.sender.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Records every interval in which events of some accounts may have been lost, except losses of
 * single slow clients. It decides nothing.
 *
 * <p>See: {@link Gap.Cause} lists the origins of gaps.
 *
 * <p>Shape: the last {@value #KEPT} closed gaps and all open ones. Each lists at most {@value
 * #NAMED} of its accounts, and counts all of them.
 *
 * <p>Owner: thread-safe.
 */
public final class GapLedger {
  private static final Logger LOG = LoggerFactory.getLogger(GapLedger.class);
  private static final int KEPT = 100;
  private static final int NAMED = 20;

  private final MeterRegistry registry;
  private final SteadyClock clock;
  private final Consumer<String> counted;
  private final Timer lengths;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private int open;
  private final RateLimitedLog limited = RateLimitedLog.of(GapLedger.class);

  /**
   * @param counted called with each account of a closed gap
   */
  GapLedger(MeterRegistry registry, SteadyClock clock, Consumer<String> counted) {
    this.registry = registry;
    this.clock = clock;
    this.counted = counted;
    lengths =
        Timer.builder("luna_sender_gap")
            .description("Length of a gap, until events of all its accounts arrived again")
            .register(registry);
    Gauge.builder("luna_sender_gaps_open", this, GapLedger::open)
        .description("Open gaps")
        .register(registry);
    for (Gap.Cause cause : Gap.Cause.values()) {
      // Start at 0, so that an alert on the increase sees the first gap.
      if (cause != Gap.Cause.SLOW) {
        // The loss of a slow client concerns only that client, and is counted where it is dropped.
        counter(cause);
      }
    }
  }

  /** One gap, open or closed. */
  public static final class Entry {
    private DualTimestamp from;
    private final Gap.Cause cause;
    private final int accountCount;
    private final List<String> accounts;

    /** All accounts while the gap is open, then none, because there may be very many. */
    private List<String> all;

    private @Nullable DualTimestamp to;
    private long dropped = Gap.UNKNOWN;
    private @Nullable Long healed;

    private Entry(DualTimestamp from, Gap.Cause cause, Collection<String> accounts) {
      this.from = from;
      this.cause = cause;
      this.accountCount = accounts.size();
      this.accounts = accounts.stream().limit(NAMED).toList();
      this.all = List.copyOf(accounts);
    }

    /** Ends the gap. Returns all of its accounts. */
    private List<String> end(DualTimestamp at, long droppedEvents) {
      List<String> ended = all;
      all = List.of();
      to = at;
      dropped = droppedEvents;
      return ended;
    }

    private Row row() {
      Instant end = to == null ? null : from.endAt(to);
      return new Row(from.time(), end, cause, dropped, healed, accountCount, accounts);
    }
  }

  /**
   * A snapshot of a gap.
   *
   * @param to null while the gap is open
   * @param dropped the number of dropped events, or {@link Gap#UNKNOWN}
   * @param healed the number of events that were read from the history, so that none is lost; null
   *     if events may be lost, or while the gap is open
   * @param accounts the first accounts of the gap
   */
  public record Row(
      Instant from,
      @Nullable Instant to,
      Gap.Cause cause,
      long dropped,
      @Nullable Long healed,
      int accountCount,
      List<String> accounts) {}

  /** Returns the clock that times gaps. */
  public SteadyClock clock() {
    return clock;
  }

  /** Opens a gap; {@link #close} ends it. */
  public synchronized Entry open(Gap.Cause cause, DualTimestamp from, Collection<String> accounts) {
    Entry entry = new Entry(from, cause, accounts);
    entries.addFirst(entry);
    open++;
    evictOldest();
    return entry;
  }

  /** Moves the start of an open gap to an earlier time. */
  public synchronized void beginEarlier(Entry entry, DualTimestamp from) {
    entry.from = from;
  }

  /**
   * Closes a gap, for all of its accounts.
   *
   * @param dropped the number of lost events, or {@link Gap#UNKNOWN}
   */
  public void close(Entry entry, DualTimestamp to, long dropped) {
    List<String> accounts;
    synchronized (this) {
      accounts = entry.end(to, dropped);
      open--;
      evictOldest();
    }
    accounts.forEach(counted);
    Duration length = entry.from.until(to);
    counter(entry.cause).increment();
    lengths.record(length);
    logLine(entry)
        .addKeyValue("cause", entry.cause.label())
        .addKeyValue("from", entry.from.time())
        .addKeyValue("seconds", length.toMillis() / 1000.0)
        .addKeyValue("accounts", entry.accountCount)
        .addKeyValue("dropped", dropped == Gap.UNKNOWN ? "unknown" : Long.toString(dropped))
        .addKeyValue("account_ids", String.join(",", entry.accounts))
        .log("Gap closed: events published meanwhile may be lost");
  }

  /**
   * Ends a gap in which no event was lost, because all of them were read from the history.
   *
   * @param events how many they were
   */
  public void heal(Entry entry, DualTimestamp to, long events) {
    synchronized (this) {
      entry.end(to, 0);
      entry.healed = events;
      open--;
      evictOldest();
    }
    LOG.atInfo()
        .addKeyValue("cause", entry.cause.label())
        .addKeyValue("from", entry.from.time())
        .addKeyValue("seconds", entry.from.until(to).toMillis() / 1000.0)
        .addKeyValue("accounts", entry.accountCount)
        .addKeyValue("events", events)
        .log("Interruption healed: all events were read from the history");
  }

  /** Limits the lines of overload and faults, which cause several short gaps a second. */
  private LoggingEventBuilder logLine(Entry entry) {
    boolean often = entry.cause == Gap.Cause.OVERLOAD || entry.cause == Gap.Cause.FAULT;
    return often ? limited.atWarn(entry.cause.label()) : LOG.atWarn();
  }

  /** Returns all open gaps and the newest closed ones, newest first. */
  public synchronized List<Row> newest(int atMost) {
    List<Row> rows = new ArrayList<>();
    int closed = 0;
    for (Entry entry : entries) {
      if (entry.to == null || closed++ < atMost) {
        rows.add(entry.row());
      }
    }
    return rows;
  }

  private synchronized int open() {
    return open;
  }

  private void evictOldest() {
    Iterator<Entry> oldest = entries.descendingIterator();
    while (entries.size() - open > KEPT && oldest.hasNext()) {
      if (oldest.next().to != null) {
        oldest.remove();
      }
    }
  }

  private Counter counter(Gap.Cause cause) {
    return Counter.builder("luna_sender_gaps")
        .description("Closed gaps: intervals in which events may have been lost on this node")
        .tag("cause", cause.label())
        .register(registry);
  }
}
