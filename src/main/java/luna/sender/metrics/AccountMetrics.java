package luna.sender.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The books of all accounts: of those that have clients here, and of the last {@value #IDLE} that
 * had some.
 *
 * <p>Shape: as many accounts as the limit says have series of their own: those that came first. An
 * account keeps what it has until its book is forgotten, and then the next new one may have it. All
 * others, the forgotten ones of them too, are summed up as {@value #OTHER}, so that the sum over
 * accounts is the whole and no series goes back.
 *
 * <p>Owner: thread-safe.
 */
public final class AccountMetrics implements MultiCollector {
  static final String OTHER = "other";
  private static final int IDLE = 1000;

  private final int seriesLimit;
  private final @Nullable InfluxPoints points;
  private final ConcurrentMap<String, AccountCounters> books = new ConcurrentHashMap<>();

  /** Without a holder, the one that lost it first at the front; some have one again. */
  private final Deque<AccountCounters> idle = new ArrayDeque<>();

  /** Accounts with series of their own. */
  private int named;

  private boolean anyForgotten;

  /** Of accounts without series of their own whose books are forgotten. */
  private AccountCounters.Sums forgotten = new AccountCounters(OTHER, false, null).sums();

  /**
   * @param seriesLimit how many accounts have series of their own in the metrics
   * @param points for InfluxDB, or null
   */
  AccountMetrics(int seriesLimit, @Nullable InfluxPoints points) {
    this.seriesLimit = seriesLimit;
    this.points = points;
  }

  /** The account's book, for one that will give it back by {@link #release}. */
  public synchronized AccountCounters hold(String account) {
    AccountCounters book = books.computeIfAbsent(account, this::begin);
    book.holders++;
    return book;
  }

  /** A book that is shown nowhere. */
  public static AccountCounters unlisted() {
    return new AccountCounters("", false, null);
  }

  private AccountCounters begin(String account) {
    boolean ownSeries = named < seriesLimit;
    named += ownSeries ? 1 : 0;
    return new AccountCounters(account, ownSeries, points == null ? null : new DeliveryTimes());
  }

  public synchronized void release(AccountCounters book) {
    if (--book.holders > 0) {
      return;
    }
    idle.add(book);
    while (idle.size() > IDLE) {
      AccountCounters oldest = idle.remove();
      if (oldest.holders == 0 && !idle.contains(oldest)) {
        forget(oldest);
      }
    }
  }

  private void forget(AccountCounters book) {
    if (books.remove(book.account, book)) {
      tellTransport(book);
      if (book.named) {
        named--;
      } else {
        forgotten = forgotten.plus(book.sums(), OTHER);
        anyForgotten = true;
      }
    }
  }

  /** Makes a point for each account that had deliveries since the last one. */
  public void tellTransports() {
    books.values().forEach(this::tellTransport);
  }

  private void tellTransport(AccountCounters book) {
    DeliveryTimes.Sum sum = book.transport == null ? null : book.transport.take();
    if (points != null && sum != null) {
      points.delivered(book.account, sum);
    }
  }

  /** Counts events of an account that has a book. */
  public void events(String account, int count) {
    AccountCounters book = books.get(account);
    if (book != null) {
      book.events(count);
    }
  }

  /** All accounts' counts, in no certain order. */
  public List<AccountCounters.Sums> sums() {
    return books.values().stream().map(AccountCounters::sums).toList();
  }

  @Override
  public MetricSnapshots collect() {
    CounterSnapshot.Builder events =
        CounterSnapshot.builder()
            .name("luna_sender_account_events")
            .help("Events of an account, and pairs of one and a client, by what became of them");
    CounterSnapshot.Builder dropped =
        CounterSnapshot.builder()
            .name("luna_sender_account_dropped")
            .help("Pairs of an event and a client that wanted it and did not get it");
    series()
        .forEach(
            sums -> {
              points(sums).forEach((of, count) -> add(events, sums.account(), "of", of, count));
              sums.dropped()
                  .forEach((why, count) -> add(dropped, sums.account(), "reason", why, count));
            });
    return new MetricSnapshots(events.build(), dropped.build());
  }

  /** Sums are made outside of the lock, for event loops wait at it. */
  private List<AccountCounters.Sums> series() {
    List<AccountCounters> all;
    AccountCounters.Sums rest;
    boolean others;
    synchronized (this) {
      all = List.copyOf(books.values());
      rest = forgotten;
      others = anyForgotten;
    }
    List<AccountCounters.Sums> series = new ArrayList<>();
    for (AccountCounters book : all) {
      if (book.named) {
        series.add(book.sums());
      } else {
        rest = rest.plus(book.sums(), OTHER);
        others = true;
      }
    }
    if (others) {
      series.add(rest);
    }
    return series;
  }

  private static Map<String, Long> points(AccountCounters.Sums sums) {
    return Map.of(
        "read", sums.events(),
        "shed", sums.shed(),
        "received", sums.received(),
        "matched", sums.matched(),
        "unmatched", sums.unmatched(),
        "delivered", sums.delivered());
  }

  private static void add(
      CounterSnapshot.Builder series, String account, String label, String value, long count) {
    series.dataPoint(
        CounterDataPointSnapshot.builder()
            .labels(Labels.of("account", account, label, value))
            .value(count)
            .build());
  }
}
