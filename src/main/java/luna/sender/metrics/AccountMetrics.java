package luna.sender.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The counters of all accounts that have clients on this node, and of the last {@value #IDLE} that
 * had clients.
 *
 * <p>How: the first accounts, up to a limit, have their own metric series. An account keeps its
 * series until its counters are evicted; the next new account may then get one. All other accounts,
 * including the evicted ones among them, are summed up as {@value #OTHER}. So the sum over all
 * series is complete, and no series decreases.
 *
 * <p>Owner: thread-safe.
 */
public final class AccountMetrics implements MultiCollector {
  /** The time between two samples of the rates; a rate is that of one to two of them. */
  private static final Duration RATE_INTERVAL = Duration.ofSeconds(5);

  static final String OTHER = "other";
  private static final int IDLE = 1000;

  private final int seriesLimit;
  private final @Nullable InfluxPoints points;
  private final ConcurrentMap<String, AccountCounters> counters = new ConcurrentHashMap<>();

  /**
   * Counters without users, in the order in which they lost the last one. Some may have users
   * again.
   */
  private final Deque<AccountCounters> idle = new ArrayDeque<>();

  /** The number of accounts with their own series. */
  private int named;

  private boolean anyEvicted;

  /** The sum of evicted accounts that had no series of their own. */
  private AccountCounters.Sums evicted = new AccountCounters(OTHER, false, null).sums();

  /**
   * @param seriesLimit how many accounts have their own series in the metrics
   * @param points the points for InfluxDB, or null if it is not configured
   */
  AccountMetrics(int seriesLimit, @Nullable InfluxPoints points) {
    this.seriesLimit = seriesLimit;
    this.points = points;
  }

  /** Returns the account's counters. The caller must {@link #release} them. */
  public synchronized AccountCounters acquire(String account) {
    AccountCounters acquired = counters.computeIfAbsent(account, this::begin);
    acquired.users++;
    return acquired;
  }

  /** Returns counters that are not exported. */
  public static AccountCounters unlisted() {
    return new AccountCounters("", false, null);
  }

  private AccountCounters begin(String account) {
    boolean ownSeries = named < seriesLimit;
    named += ownSeries ? 1 : 0;
    return new AccountCounters(account, ownSeries, points == null ? null : new DeliveryTimes());
  }

  public synchronized void release(AccountCounters account) {
    if (--account.users > 0) {
      return;
    }
    idle.add(account);
    while (idle.size() > IDLE) {
      AccountCounters oldest = idle.remove();
      if (oldest.users == 0 && !idle.contains(oldest)) {
        evict(oldest);
      }
    }
  }

  private void evict(AccountCounters account) {
    if (counters.remove(account.account, account)) {
      flushDeliveryTimes(account);
      if (account.named) {
        named--;
      } else {
        evicted = evicted.plus(account.sums(), OTHER);
        anyEvicted = true;
      }
    }
  }

  /** Adds a point for each account that had deliveries since its last point. */
  public void flushDeliveryTimes() {
    counters.values().forEach(this::flushDeliveryTimes);
  }

  private void flushDeliveryTimes(AccountCounters account) {
    DeliveryTimes.Sum sum = account.deliveryTimes == null ? null : account.deliveryTimes.take();
    if (points != null && sum != null) {
      points.delivered(account.account, sum);
    }
  }

  /** Counts events of an account, if it has counters. */
  public void events(String account, int count) {
    AccountCounters known = counters.get(account);
    if (known != null) {
      known.events(count);
    }
  }

  /** Counts an ended gap of an account, if it has counters. */
  void gap(String account) {
    AccountCounters known = counters.get(account);
    if (known != null) {
      known.gap();
    }
  }

  /** Starts to take the samples for {@link #eventsPerSecond}, until {@code vertx} is closed. */
  public void startRates(Vertx vertx, FaultGuard guard) {
    guard.periodic(vertx, GuardedTask.OPERATOR, RATE_INTERVAL, this::sampleRates);
  }

  void sampleRates() {
    long now = System.nanoTime();
    counters.values().forEach(account -> account.sampleRate(now));
  }

  /** Returns how many events of an account arrive per second; 0 if it has no counters. */
  public double eventsPerSecond(String account) {
    AccountCounters known = counters.get(account);
    return known == null ? 0 : known.eventsPerSecond(System.nanoTime());
  }

  /** Sets what Redis was last seen to store of an account's history, if it has counters. */
  public void stored(String account, long entries, long bytes) {
    AccountCounters known = counters.get(account);
    if (known != null) {
      known.stored(entries, bytes);
    }
  }

  /** Returns the counts of an account; null if it has no counters. */
  public AccountCounters.@Nullable Sums sums(String account) {
    AccountCounters known = counters.get(account);
    return known == null ? null : known.sums();
  }

  /** Returns the counts of all accounts, in no particular order. */
  public List<AccountCounters.Sums> sums() {
    return counters.values().stream().map(AccountCounters::sums).toList();
  }

  @Override
  public MetricSnapshots collect() {
    CounterSnapshot.Builder events =
        CounterSnapshot.builder()
            .name("luna_sender_account_events")
            .help("Events of an account, and pairs of an event and a client, by outcome");
    CounterSnapshot.Builder dropped =
        CounterSnapshot.builder()
            .name("luna_sender_account_dropped")
            .help("Pairs of an event and a matching client that were not delivered, by reason");
    series()
        .forEach(
            sums -> {
              points(sums).forEach((of, count) -> add(events, sums.account(), "of", of, count));
              sums.dropped()
                  .forEach((why, count) -> add(dropped, sums.account(), "reason", why, count));
            });
    GaugeSnapshot.Builder entries =
        GaugeSnapshot.builder()
            .name("luna_sender_account_history_entries")
            .help("Entries of an account's history when it was last sampled");
    GaugeSnapshot.Builder bytes =
        GaugeSnapshot.builder()
            .name("luna_sender_account_history_bytes")
            .help("Memory of an account's history in Redis when it was last sampled");
    for (AccountCounters account : counters.values()) {
      AccountCounters.Stored stored = account.stored();
      if (account.named && stored != null) {
        Labels labels = Labels.of("account", account.account);
        entries.dataPoint(new GaugeDataPointSnapshot(stored.entries(), labels, null));
        bytes.dataPoint(new GaugeDataPointSnapshot(stored.bytes(), labels, null));
      }
    }
    return new MetricSnapshots(events.build(), dropped.build(), entries.build(), bytes.build());
  }

  /**
   * Returns the exported sums. They are computed outside of the lock, because event loops need it.
   */
  private List<AccountCounters.Sums> series() {
    List<AccountCounters> all;
    AccountCounters.Sums rest;
    boolean others;
    synchronized (this) {
      all = List.copyOf(counters.values());
      rest = evicted;
      others = anyEvicted;
    }
    List<AccountCounters.Sums> series = new ArrayList<>();
    for (AccountCounters account : all) {
      if (account.named) {
        series.add(account.sums());
      } else {
        rest = rest.plus(account.sums(), OTHER);
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
