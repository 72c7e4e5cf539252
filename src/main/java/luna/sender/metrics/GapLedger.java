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
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Every interval in which events of some accounts may have been lost: what was lost without it
 * would be lost without a trace.
 *
 * <p>Shape: the last {@value #KEPT} gaps, and all that are open. Each names at most {@value #NAMED}
 * of its accounts and counts all.
 *
 * <p>Owner: thread-safe.
 */
public final class GapLedger {
  private static final Logger LOG = LoggerFactory.getLogger(GapLedger.class);
  private static final int KEPT = 100;
  private static final int NAMED = 20;

  private final MeterRegistry registry;
  private final SteadyClock clock;
  private final Timer lengths;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private int open;
  private final RateLimitedLog limited = RateLimitedLog.of(GapLedger.class);

  GapLedger(MeterRegistry registry, SteadyClock clock) {
    this.registry = registry;
    this.clock = clock;
    lengths =
        Timer.builder("luna_sender_gap")
            .description("How long a gap lasted, until its last account had its events again")
            .register(registry);
    Gauge.builder("luna_sender_gaps_open", this, GapLedger::open)
        .description("Gaps that have not ended")
        .register(registry);
    for (Gap.Cause cause : Gap.Cause.values()) {
      // So that a rule on their increase sees the first one too.
      if (cause != Gap.Cause.SLOW) {
        // What a slow client loses concerns nobody else, and is counted where it is dropped.
        counter(cause);
      }
    }
  }

  /** One gap, from its opening on. */
  public static final class Entry {
    private Moment from;
    private final Gap.Cause cause;
    private final int accountCount;
    private final List<String> accounts;
    private @Nullable Moment to;
    private long dropped = Gap.UNKNOWN;

    private Entry(Moment from, Gap.Cause cause, Collection<String> accounts) {
      this.from = from;
      this.cause = cause;
      this.accountCount = accounts.size();
      this.accounts = accounts.stream().limit(NAMED).toList();
    }

    private Row row() {
      Instant end = to == null ? null : from.endAt(to);
      return new Row(from.time(), end, cause, dropped, accountCount, accounts);
    }
  }

  /**
   * A gap as it stands.
   *
   * @param to null while it is open
   * @param dropped how many events, or {@link Gap#UNKNOWN}
   * @param accounts the first of them
   */
  public record Row(
      Instant from,
      @Nullable Instant to,
      Gap.Cause cause,
      long dropped,
      int accountCount,
      List<String> accounts) {}

  /** The clock by which gaps are timed. */
  public SteadyClock clock() {
    return clock;
  }

  /** A gap has begun; it ends by {@link #close}. */
  public synchronized Entry open(Gap.Cause cause, Moment from, Collection<String> accounts) {
    Entry entry = new Entry(from, cause, accounts);
    entries.addFirst(entry);
    open++;
    forgetOldest();
    return entry;
  }

  /** An open gap has begun earlier than it was opened with. */
  public synchronized void beginEarlier(Entry entry, Moment from) {
    entry.from = from;
  }

  /**
   * The gap is over for all of its accounts.
   *
   * @param dropped how many events are known to be lost, or {@link Gap#UNKNOWN}
   */
  public void close(Entry entry, Moment to, long dropped) {
    synchronized (this) {
      entry.to = to;
      entry.dropped = dropped;
      open--;
      forgetOldest();
    }
    Duration length = entry.from.until(to);
    counter(entry.cause).increment();
    lengths.record(length);
    line(entry)
        .addKeyValue("cause", entry.cause.label())
        .addKeyValue("from", entry.from.time())
        .addKeyValue("seconds", length.toMillis() / 1000.0)
        .addKeyValue("accounts", entry.accountCount)
        .addKeyValue("dropped", dropped == Gap.UNKNOWN ? "unknown" : Long.toString(dropped))
        .addKeyValue("account_ids", String.join(",", entry.accounts))
        .log("Gap closed: events published meanwhile are lost");
  }

  /** Overload and faults come in many short gaps, several in a second: one line is enough. */
  private LoggingEventBuilder line(Entry entry) {
    boolean often = entry.cause == Gap.Cause.OVERLOAD || entry.cause == Gap.Cause.FAULT;
    return often ? limited.atWarn(entry.cause.label()) : LOG.atWarn();
  }

  /** The newest gaps, and all open ones, newest first. */
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

  private void forgetOldest() {
    Iterator<Entry> oldest = entries.descendingIterator();
    while (entries.size() - open > KEPT && oldest.hasNext()) {
      if (oldest.next().to != null) {
        oldest.remove();
      }
    }
  }

  private Counter counter(Gap.Cause cause) {
    return Counter.builder("luna_sender_gaps")
        .description("Times in which events may have been lost on this node, that have ended")
        .tag("cause", cause.label())
        .register(registry);
  }
}
