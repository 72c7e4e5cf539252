package luna.sender.cli.bench;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The state that the publisher and the clients of a run share.
 *
 * <p>Owner: thread-safe.
 */
final class BenchRun {
  final EventIds ids;

  /** For each account, the number of events that were published or are about to be. */
  final AtomicLongArray published;

  /** For each client, the next sequence number that it should receive. */
  final AtomicLongArray positions;

  /** The clients that lose their connections in the storm. */
  final BitSet storming;

  /** Whether messages have positions, from which clients continue after the storm. */
  private volatile boolean positioned;

  /** Null until all clients are connected. */
  private volatile @Nullable PublishSchedule schedule;

  /** Events scheduled from this time on are measured. */
  private volatile long measuredFrom;

  /**
   * @param storming is not modified afterwards
   */
  BenchRun(EventIds ids, int accounts, int clients, BitSet storming) {
    this.ids = ids;
    this.storming = storming;
    published = new AtomicLongArray(accounts);
    positions = new AtomicLongArray(clients);
    for (int client = 0; client < clients; client++) {
      // The publisher must not wait for a client that is not connected.
      positions.set(client, WantedEvents.NEVER);
    }
  }

  boolean hasStorm() {
    return !storming.isEmpty();
  }

  /** Called before the clients connect, if the server keeps a history. */
  void usePositions() {
    positioned = true;
  }

  boolean hasPositions() {
    return positioned;
  }

  void begin(PublishSchedule begun, long measuredFrom) {
    this.measuredFrom = measuredFrom;
    this.schedule = begun;
  }

  /** Returns the latency of an event, or a negative number if it is not measured. */
  long latencyNanos(int account, long sequence, long now) {
    PublishSchedule begun = schedule;
    if (begun == null) {
      return -1;
    }
    long time = begun.timeOf(account, sequence);
    return time - measuredFrom < 0 ? -1 : Math.max(0, now - time);
  }
}
