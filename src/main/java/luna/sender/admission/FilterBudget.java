package luna.sender.admission;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import luna.sender.config.LimitSettings;
import luna.sender.metrics.MemoryGauge;

/**
 * Limits the memory that filters use, per account and in total.
 *
 * <p>How: counts what the filter indexes report, plus the reservations of pending handshakes. When
 * usage exceeds the total limit, an account below its equal share may still allocate, until usage
 * reaches 125 % of the limit. So no account can lock out the others.
 *
 * <p>Example: with a limit of 100 MB, A and B use 45 MB each and C uses 12 MB. The total of 102 MB
 * exceeds the limit, so A and B get no more. C may still use up to its share of 33 MB, until the
 * total exceeds 125 MB.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: thread-safe.
 */
final class FilterBudget {
  private final long limitBytes;
  private final long hardLimitBytes;
  private final long accountLimitBytes;
  private final MemoryGauge use;
  private final AtomicLong used = new AtomicLong();
  private final ConcurrentMap<String, Long> accounts = new ConcurrentHashMap<>();

  FilterBudget(LimitSettings settings, long heapBytes, MemoryGauge use) {
    this.limitBytes = heapBytes / 100 * settings.filterMemoryPercent();
    this.hardLimitBytes = Math.max(limitBytes, heapBytes / 2);
    this.accountLimitBytes =
        settings.filterBytesPerAccount() == 0 ? limitBytes / 2 : settings.filterBytesPerAccount();
    this.use = use;
    use.allow(limitBytes);
  }

  /** Adds to the memory of an account. A negative number subtracts. */
  void use(String account, long bytes) {
    if (bytes != 0) {
      use.use(bytes);
      used.addAndGet(bytes);
      accounts.merge(account, bytes, (before, more) -> before + more == 0 ? null : before + more);
    }
  }

  /** Returns whether the account exceeds its limit. */
  boolean isOver(String account) {
    return of(account) > accountLimitBytes;
  }

  /**
   * Returns whether usage exceeds the total limit and this account exceeds its equal share, or
   * usage exceeds 125 % of the limit.
   */
  boolean isOverTotal(String account) {
    long all = used.get();
    return all > limitBytes
        && (all > limitBytes / 4 * 5 || of(account) > limitBytes / Math.max(1, accounts.size()));
  }

  /** Returns whether a dry run must reject filters, too. */
  boolean isOverHardLimit() {
    return used.get() > hardLimitBytes;
  }

  private long of(String account) {
    return accounts.getOrDefault(account, 0L);
  }
}
