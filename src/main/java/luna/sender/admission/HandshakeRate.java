package luna.sender.admission;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Limits the rate of handshakes per address: a burst, and an average per second.
 *
 * <p>How: a token bucket per address in 1 MiB, whatever the number of addresses. Each address maps
 * to one cell in each of two rows, by hashes with secret seeds. A cell stores the time until which
 * the tokens of its bucket are spent. Addresses may share cells, so an address is rejected only if
 * both of its cells are spent. No address is evicted for another one, so an attacker cannot reset
 * its own bucket with a flood of other addresses.
 *
 * <p>Example: with 10 per second and a burst of 20, an address may open 20 connections at once. The
 * 21st is rejected until 100 ms later. After 2 s without handshakes, the full burst is available
 * again.
 *
 * <p>Owner: thread-safe. Concurrent handshakes of one address on different event loops may spend
 * only one token for two.
 *
 * <p>Source: ITU-T I.371, the generic cell rate algorithm in its virtual scheduling form. The rows
 * are those of a count-min sketch with conservative update.
 */
final class HandshakeRate {
  private static final int CELL_BITS = 16;

  private final AtomicLongArray[] rows = {
    new AtomicLongArray(1 << CELL_BITS), new AtomicLongArray(1 << CELL_BITS)
  };
  private final long[] seeds = new SecureRandom().longs(rows.length).toArray();
  private final long intervalNanos;
  private final long burstNanos;
  private final long originNanos;

  HandshakeRate(int perSecond, int burst, long nowNanos) {
    intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    burstNanos = intervalNanos * (burst - 1);
    originNanos = nowNanos;
  }

  /** Takes a token. Returns 0, or the time in nanoseconds until one is available. */
  long take(long client, long nowNanos) {
    long now = nowNanos - originNanos;
    long spentUntil = Long.MAX_VALUE;
    for (int row = 0; row < rows.length; row++) {
      spentUntil = Math.min(spentUntil, rows[row].get(cell(row, client)));
    }
    spentUntil = Math.max(spentUntil, now);
    long waitNanos = spentUntil - burstNanos - now;
    if (waitNanos > 0) {
      return waitNanos;
    }
    for (int row = 0; row < rows.length; row++) {
      rows[row].accumulateAndGet(cell(row, client), spentUntil + intervalNanos, Math::max);
    }
    return 0;
  }

  /** Hashes an address with the row's seed (the finalizer of MurmurHash3). */
  private int cell(int row, long client) {
    long hash = client ^ seeds[row];
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return (int) (hash >>> (Long.SIZE - CELL_BITS));
  }
}
