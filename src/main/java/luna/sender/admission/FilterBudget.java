package luna.sender.admission;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import luna.sender.config.LimitSettings;
import luna.sender.metrics.MemoryGauge;

/**
 * The memory that filters take, by account and in all.
 *
 * <p>Shape: what the indexes report, and what handshakes have reserved that are on their way. When
 * the whole is used up, an account may still have an equal part of it, out of a reserve of a
 * quarter: no account can keep the others out.
 *
 * <p>Units: bytes.
 *
 * <p>Owner: thread-safe.
 */
final class FilterBudget {
  private final long limitBytes;
  private final long bearableBytes;
  private final long accountLimitBytes;
  private final MemoryGauge use;
  private final AtomicLong used = new AtomicLong();
  private final ConcurrentMap<String, Long> accounts = new ConcurrentHashMap<>();

  FilterBudget(LimitSettings settings, long heapBytes, MemoryGauge use) {
    this.limitBytes = heapBytes / 100 * settings.filterMemoryPercent();
    this.bearableBytes = Math.max(limitBytes, heapBytes / 2);
    this.accountLimitBytes =
        settings.filterBytesPerAccount() == 0 ? limitBytes / 2 : settings.filterBytesPerAccount();
    this.use = use;
    use.allow(limitBytes);
  }

  /** Takes, or with a negative number gives back. */
  void use(String account, long bytes) {
    if (bytes != 0) {
      use.use(bytes);
      used.addAndGet(bytes);
      accounts.merge(account, bytes, (before, more) -> before + more == 0 ? null : before + more);
    }
  }

  /** Whether the account has more than it may. */
  boolean isOver(String account) {
    return of(account) > accountLimitBytes;
  }

  /** Whether all accounts have more than they may, and this one more than an equal part. */
  boolean isOverInAll(String account) {
    long all = used.get();
    return all > limitBytes
        && (all > limitBytes / 4 * 5 || of(account) > limitBytes / Math.max(1, accounts.size()));
  }

  /** Whether a dry run may not let in more, either. */
  boolean isUnbearable() {
    return used.get() > bearableBytes;
  }

  private long of(String account) {
    return accounts.getOrDefault(account, 0L);
  }
}
