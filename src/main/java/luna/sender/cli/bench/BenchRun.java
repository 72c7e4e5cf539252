package luna.sender.cli.bench;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * What the publisher and the clients of a run share.
 *
 * <p>Owner: thread-safe.
 */
final class BenchRun {
  final EventIds ids;

  /** For each account, how many events were published, or are just about to be. */
  final AtomicLongArray published;

  /** For each client, the next number that it has to get. */
  final AtomicLongArray positions;

  /** Null until all clients are connected. */
  private volatile @Nullable PublishSchedule pace;

  /** Events that are due from this time on are measured. */
  private volatile long measuredFrom;

  BenchRun(EventIds ids, int accounts, int clients) {
    this.ids = ids;
    published = new AtomicLongArray(accounts);
    positions = new AtomicLongArray(clients);
    for (int client = 0; client < clients; client++) {
      // Nobody waits for a client that is not there.
      positions.set(client, WantedEvents.NEVER);
    }
  }

  void begin(PublishSchedule begun, long measuredFrom) {
    this.measuredFrom = measuredFrom;
    this.pace = begun;
  }

  /** Since when the event has been on its way, or a negative number if that is not measured. */
  long latencyNanos(int account, long sequence, long now) {
    PublishSchedule begun = pace;
    if (begun == null) {
      return -1;
    }
    long time = begun.timeOf(account, sequence);
    return time - measuredFrom < 0 ? -1 : Math.max(0, now - time);
  }
}
