package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import luna.sender.event.Uuid;

/**
 * Settings of the history of events.
 *
 * <p>See: package {@code bridge.history} records and reads it.
 *
 * @param retention how long an event is kept
 * @param maxEvents payloads that are kept for each account
 * @param record whether this node can be the recorder
 * @param recordAccounts the accounts that a recorder of sharded channels subscribes to; lower-case
 * @param lease time after which another node replaces a recorder that does not answer
 * @param replays clients that read the history at the same time
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record HistorySettings(
    Mode mode,
    Duration retention,
    int maxEvents,
    boolean record,
    List<String> recordAccounts,
    Duration lease,
    int replays) {
  private static final Duration LEASE_MIN = Duration.ofMillis(300);

  public HistorySettings {
    Bounds.period("RETENTION", retention);
    Bounds.range("MAX_EVENTS", maxEvents, 1, 1_000_000);
    recordAccounts =
        recordAccounts.stream()
            .map(account -> account.toLowerCase(Locale.ROOT))
            .distinct()
            .toList();
    if (!recordAccounts.stream().allMatch(Uuid::is)) {
      throw Bounds.bad("RECORD_ACCOUNTS", recordAccounts, "UUIDs of accounts");
    }
    Bounds.period("LEASE", lease);
    if (lease.compareTo(LEASE_MIN) < 0) {
      throw Bounds.bad(
          "LEASE", Seconds.format(lease), Seconds.format(LEASE_MIN) + " seconds or more");
    }
    Bounds.range("REPLAYS", replays, 1, 10_000);
  }

  /** Returns whether events have a history. */
  public boolean enabled() {
    return mode == Mode.REDIS;
  }

  /** Returns the same settings for a node that is never the recorder. */
  public HistorySettings withoutRecorder() {
    return new HistorySettings(mode, retention, maxEvents, false, recordAccounts, lease, replays);
  }

  /** Where the history is kept. */
  public enum Mode {
    OFF,
    REDIS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
