package luna.sender.admission;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How fast each address may ask: so many at once, and so many a second on average.
 *
 * <p>Shape: 1 MiB, whatever the number of addresses. A cell is the time until which the tokens of
 * its bucket are spent, and an address has a cell in each of two rows, at places that nobody can
 * foresee: it is refused only if others have spent both. No address is forgotten to make room for
 * another, so a flood of addresses cannot buy one of them more.
 *
 * <p>Owner: thread-safe. Event loops that ask at the same moment for one address may spend one
 * token for two.
 *
 * <p>Source: ITU-T I.371, the generic cell rate algorithm in its form with a virtual schedule; the
 * rows are those of a count-min sketch with conservative update.
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

  /** Takes a token; returns 0, or how long it takes until there is one. */
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

  /** The finalizer of MurmurHash3, keyed. */
  private int cell(int row, long client) {
    long hash = client ^ seeds[row];
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return (int) (hash >>> (Long.SIZE - CELL_BITS));
  }
}
