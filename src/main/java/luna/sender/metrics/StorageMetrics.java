package luna.sender.metrics;

/**
 * Measures how much Redis stores for the history, by estimates from samples.
 *
 * <p>Owner: thread-safe.
 */
public final class StorageMetrics {
  private volatile Estimate last = new Estimate(0, 0, 0, 0);

  StorageMetrics(Meters meters) {
    meters.gauge(
        "luna_sender_history_stored_accounts",
        "Accounts that have a history in Redis",
        this,
        storage -> storage.last.accounts);
    meters.gauge(
        "luna_sender_history_stored_entries",
        "Entries of all histories in Redis, estimated from samples",
        this,
        storage -> storage.last.entries);
    meters.gauge(
        "luna_sender_history_stored_bytes",
        "Memory of all histories in Redis, estimated from samples",
        this,
        storage -> storage.last.bytes);
    meters.gauge(
        "luna_sender_history_largest_account_bytes",
        "Memory of the largest history among the samples",
        this,
        storage -> storage.last.largestBytes);
  }

  /**
   * An estimate of all histories.
   *
   * @param entries of all accounts
   * @param bytes of all accounts
   * @param largestBytes of the largest account among the samples
   */
  public record Estimate(long accounts, double entries, double bytes, long largestBytes) {}

  /** Replaces the estimate. */
  public void estimated(Estimate estimate) {
    last = estimate;
  }

  /** Returns the last estimate. */
  public Estimate last() {
    return last;
  }
}
